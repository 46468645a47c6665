"""Views for reports: contracts and options now, periods of state on both axes of time, charges as issued, customers.

Their columns are only ever added to, at the end: a later migration replaces a view and keeps what was granted.
"""

from alembic import op

from lifecycle.records import report_views

revision = '0047'
down_revision = '0046'
branch_labels = None
depends_on = None

# How the two databases say the same: JSON members and elements.
POSTGRESQL = {
    'from': "COALESCE(said #>> '{line,from}', CASE WHEN said ? 'line' THEN NULL ELSE said ->> 'from_state' END)",
    'to': "CASE WHEN said ? 'line' THEN said #>> '{line,to}' ELSE said ->> 'to_state' END",
    'kind': "said ->> 'kind'",
    'history': 'history h CROSS JOIN LATERAL (SELECT h.payload::jsonb AS said) AS payload',
    'lines': 'CROSS JOIN LATERAL jsonb_array_elements(i.lines::jsonb) WITH ORDINALITY AS l (line, number)',
    'number': 'l.number::integer',
    'kind_of': "l.line ->> 'kind'",
    'subject': "l.line ->> 'subject_id'",
    'about_month': "COALESCE(l.line #>> '{adjusts,month}', i.month)",
    'about_kind': "COALESCE(l.line #>> '{adjusts,kind}', l.line ->> 'kind')",
    'arose_at': "(l.line ->> 'arose_at')::timestamptz",
    'amount': "(l.line ->> 'amount_yen')::bigint",
    'flag': "l.line ->> 'flag'",
    'article': "l.line #>> '{ruling,article}'",
    'customer_number': "p.data::jsonb #>> '{customer,number}'",
    'customer_name': "p.data::jsonb #>> '{customer,name}'",
}
SQLITE = {
    'from': "CASE WHEN json_type(h.payload, '$.line') = 'object' THEN json_extract(h.payload, '$.line.from') "
            "ELSE json_extract(h.payload, '$.from_state') END",
    'to': "CASE WHEN json_type(h.payload, '$.line') = 'object' THEN json_extract(h.payload, '$.line.to') "
          "ELSE json_extract(h.payload, '$.to_state') END",
    'kind': "json_extract(h.payload, '$.kind')",
    'history': 'history h',
    'lines': 'JOIN json_each(i.lines) AS l',
    'number': 'l.key + 1',
    'kind_of': "json_extract(l.value, '$.kind')",
    'subject': "json_extract(l.value, '$.subject_id')",
    'about_month': "COALESCE(json_extract(l.value, '$.adjusts.month'), i.month)",
    'about_kind': "COALESCE(json_extract(l.value, '$.adjusts.kind'), json_extract(l.value, '$.kind'))",
    'arose_at': "strftime('%Y-%m-%d %H:%M:%f000', json_extract(l.value, '$.arose_at'))",
    'amount': "json_extract(l.value, '$.amount_yen')",
    'flag': "json_extract(l.value, '$.flag')",
    'article': "json_extract(l.value, '$.ruling.article')",
    'customer_number': "json_extract(p.data, '$.customer.number')",
    'customer_name': "json_extract(p.data, '$.customer.name')",
}
CONTRACT = """
SELECT id AS contract_id, reference, service, item, state, received_on, accepted_on, billing_starts_on,
       minimum_term_ends_on, effective_on AS ends_on, decided_by AS end_decided_by, terminated_on, billing_held,
       taken_over, billed_until, due_event AS next_event, due_at AS next_event_at
FROM contract"""
OPTION = """
SELECT id AS option_id, contract_id, reference, kind, state, received_on, accepted_on, billing_starts_on,
       minimum_term_ends_on, effective_on AS ends_on, decided_by AS end_decided_by, terminated_on,
       initial_fee_yen, due_event AS next_event, due_at AS next_event_at
FROM drm_option"""
# Steps that stand at each instant at which something was recorded, in legal order; what follows a final state has
# no effect, and what changes no state begins no period.
PERIOD = """
WITH step AS NOT MATERIALIZED (
  SELECT h.contract_id, h.subject_id, h.seq, h.effective_at, h.recorded_at, s.recorded_at AS gone_at,
         {kind} AS kind, {from} AS begins, {to} AS ends
  FROM {history} LEFT JOIN superseded s ON s.subject_id = h.subject_id AND s.seq = h.seq
  WHERE (h.subject_id = h.contract_id OR h.subject_id LIKE 'o\\_%' ESCAPE '\\')
), moved AS NOT MATERIALIZED (
  SELECT * FROM step WHERE ends IS NOT NULL AND (begins IS NULL OR begins <> ends)
), instant AS NOT MATERIALIZED (
  SELECT contract_id, subject_id, recorded_at AS known_at FROM step
  UNION SELECT contract_id, subject_id, gone_at FROM step WHERE gone_at IS NOT NULL
), known AS NOT MATERIALIZED (
  SELECT contract_id, subject_id, known_at,
         LEAD(known_at) OVER (PARTITION BY contract_id, subject_id ORDER BY known_at) AS known_until
  FROM instant
), placed AS NOT MATERIALIZED (
  SELECT m.contract_id, m.subject_id, m.kind, m.ends AS state, m.effective_at, m.seq, k.known_at, k.known_until,
         LEAD(m.effective_at) OVER standing AS following,
         SUM(CASE WHEN m.ends IN ('terminated', 'rejected', 'withdrawn') THEN 1 ELSE 0 END) OVER (
           PARTITION BY m.contract_id, m.subject_id, k.known_at ORDER BY m.effective_at, m.seq
           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS over
  FROM known k JOIN moved m ON m.contract_id = k.contract_id AND m.subject_id = k.subject_id
       AND m.recorded_at <= k.known_at AND (m.gone_at IS NULL OR m.gone_at > k.known_at)
  WINDOW standing AS (PARTITION BY m.contract_id, m.subject_id, k.known_at ORDER BY m.effective_at, m.seq)
), begun AS NOT MATERIALIZED (
  SELECT placed.*, LAG(state) OVER (
           PARTITION BY contract_id, subject_id, known_at ORDER BY effective_at, seq) AS former
  FROM placed WHERE COALESCE(over, 0) = 0 AND (following IS NULL OR following > effective_at OR state IN
       ('terminated', 'rejected', 'withdrawn'))
), bounded AS NOT MATERIALIZED (
  SELECT begun.*, LEAD(effective_at) OVER (
           PARTITION BY contract_id, subject_id, known_at ORDER BY effective_at, seq) AS legal_until
  FROM begun WHERE former IS NULL OR former <> state
), marked AS NOT MATERIALIZED (
  SELECT bounded.*, CASE WHEN known_at = LAG(known_until) OVER alike THEN 0 ELSE 1 END AS begins
  FROM bounded WINDOW alike AS (
    PARTITION BY contract_id, subject_id, state, effective_at, legal_until ORDER BY known_at)
), numbered AS NOT MATERIALIZED (
  SELECT marked.*, SUM(begins) OVER (
           PARTITION BY contract_id, subject_id, state, effective_at, legal_until ORDER BY known_at) AS stretch
  FROM marked
)
SELECT contract_id, subject_id, kind, state, effective_at AS legal_from, legal_until, MIN(known_at) AS recorded_from,
       CASE WHEN COUNT(*) = COUNT(known_until) THEN MAX(known_until) END AS recorded_until
FROM numbered GROUP BY contract_id, subject_id, kind, state, effective_at, legal_until, stretch"""
CHARGE = """
SELECT i.contract_id, i.month, {number} AS line, {kind_of} AS kind, {subject} AS subject_id,
       {about_month} AS about_month, {about_kind} AS about_kind, {arose_at} AS arose_at, {amount} AS amount_yen,
       {flag} AS flag, {article} AS article, i.issued_at
FROM issued i {lines}"""
CUSTOMER = """
SELECT p.contract_id, {customer_number} AS customer_number, {customer_name} AS customer_name
FROM personal p"""
VIEWS = {
    'report_contract': CONTRACT,
    'report_option': OPTION,
    'report_state_period': PERIOD,
    'report_charge': CHARGE,
    'report_customer': CUSTOMER,
}


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    words = POSTGRESQL if dialect == 'postgresql' else SQLITE
    for name, query in VIEWS.items():
        for word, said in words.items():
            query = query.replace('{' + word + '}', said)
        for statement in report_views.create(dialect, name, query):
            op.get_bind().exec_driver_sql(statement.replace('%', '%%') if dialect == 'postgresql' else statement)


def downgrade() -> None:
    for name in VIEWS:
        op.execute(f'DROP VIEW {name}')
