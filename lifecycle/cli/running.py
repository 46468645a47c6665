"""Commands that start the service or make its database ready."""

from typing import Annotated

import typer
from sqlalchemy.exc import ProgrammingError

from lifecycle.cli.bounding import (
    EndsPerHour,
    FailuresPerMinute,
    RatePerMinute,
    RequestsAtOnce,
    RequestSeconds,
)
from lifecycle.cli.options import (
    EMBEDDED,
    AdminToken,
    AuditKey,
    CheckpointsDir,
    CheckpointsUrl,
    DatabaseUrl,
    FourEyes,
    FuseFactor,
    FuseHorizon,
    FuseParting,
    FuseSlack,
    Host,
    Interval,
    PoolSize,
    Port,
    WebhookNetworks,
    engine_of,
    instant_of,
    limits_of,
    networks_given,
    out,
    require_current,
    seals_of,
    stop,
)  # fmt: skip
from lifecycle.cli.people import (
    ClientId,
    ClientSecret,
    Issuer,
    NameClaim,
    PublicUrl,
    RolesClaim,
    RolesMap,
    Scope,
    openid_of,
)
from lifecycle.cli.root import app
from lifecycle.desk.clock import Backwards, NotASandbox
from lifecycle.records.engine import is_sqlite
from lifecycle.records.migrate import migrate as bring_forward


@app.command()
def serve(
    database_url: DatabaseUrl = EMBEDDED,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    admin_token: AdminToken = None,
    sweep_interval: Interval = 30.0,
    four_eyes: FourEyes = False,
    rate_per_minute: RatePerMinute = 6000,
    failures_per_minute: FailuresPerMinute = 30,
    request_seconds: RequestSeconds = 60.0,
    requests_at_once: RequestsAtOnce = 200,
    ends_per_hour: EndsPerHour = 100,
    oidc_issuer: Issuer = None,
    oidc_client_id: ClientId = None,
    oidc_client_secret: ClientSecret = None,
    oidc_scope: Scope = "openid",
    oidc_roles_claim: RolesClaim = "roles",
    oidc_roles: RolesMap = None,
    oidc_name_claim: NameClaim = "sub",
    public_url: PublicUrl = None,
    webhook_networks: WebhookNetworks = "",
    sandbox: Annotated[
        bool, typer.Option(envvar="LIFECYCLE_SANDBOX", help="Time stands still and moves on request.")
    ] = False,
    now: Annotated[
        str | None, typer.Option(envvar="LIFECYCLE_NOW", help="A new sandbox's time, RFC 3339 with an offset.")
    ] = None,
    pool_size: PoolSize = 8,
    fuse_parting: FuseParting = 3.0,
    fuse_horizon: FuseHorizon = 62,
    fuse_slack: FuseSlack = 100,
    fuse_factor: FuseFactor = 2.0,
    audit_key: AuditKey = None,
    checkpoints_dir: CheckpointsDir = None,
    checkpoints_url: CheckpointsUrl = None,
) -> None:
    """API and scheduler in one process; migrates an embedded database itself. / API とスケジューラを起動する"""
    from api import serving
    from api.bounds import Bounds

    if now is not None and not sandbox:
        raise typer.BadParameter("goes with --sandbox only: a live service runs on real time", param_hint="--now")
    seals = seals_of(audit_key, checkpoints_dir, checkpoints_url)
    openid = openid_of(
        oidc_issuer, oidc_client_id, oidc_client_secret, public_url, oidc_scope, oidc_roles_claim, oidc_roles,
        oidc_name_claim,
    )  # fmt: skip
    engine = engine_of(database_url, pool_size)
    if is_sqlite(engine):
        bring_forward(engine)
    require_current(engine)
    try:
        at = instant_of(now) if now else None
        limits = limits_of(fuse_parting, fuse_horizon, fuse_slack, fuse_factor)
        bounds = Bounds(rate_per_minute, failures_per_minute, request_seconds, requests_at_once, ends_per_hour)
        networks = networks_given(webhook_networks)
        front = serving.Front(host, port, admin_token, sweep_interval, four_eyes, bounds, openid, networks)
        serving.serve(engine, front, sandbox=sandbox, now=at, limits=limits, say=out.print, seals=seals)
    except (NotASandbox, Backwards) as error:
        stop(str(error))


@app.command()
def api(
    database_url: DatabaseUrl = EMBEDDED,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    admin_token: AdminToken = None,
    sweep_interval: Interval = 30.0,
    pool_size: PoolSize = 8,
    four_eyes: FourEyes = False,
    rate_per_minute: RatePerMinute = 6000,
    failures_per_minute: FailuresPerMinute = 30,
    request_seconds: RequestSeconds = 60.0,
    requests_at_once: RequestsAtOnce = 200,
    ends_per_hour: EndsPerHour = 100,
    oidc_issuer: Issuer = None,
    oidc_client_id: ClientId = None,
    oidc_client_secret: ClientSecret = None,
    oidc_scope: Scope = "openid",
    oidc_roles_claim: RolesClaim = "roles",
    oidc_roles: RolesMap = None,
    oidc_name_claim: NameClaim = "sub",
    public_url: PublicUrl = None,
    webhook_networks: WebhookNetworks = "",
) -> None:
    """The API alone; run `lifecycle scheduler` beside it. / API のみを起動する"""
    from api import serving
    from api.bounds import Bounds

    openid = openid_of(
        oidc_issuer, oidc_client_id, oidc_client_secret, public_url, oidc_scope, oidc_roles_claim, oidc_roles,
        oidc_name_claim,
    )  # fmt: skip
    engine = engine_of(database_url, pool_size)
    require_current(engine)
    try:
        bounds = Bounds(rate_per_minute, failures_per_minute, request_seconds, requests_at_once, ends_per_hour)
        networks = networks_given(webhook_networks)
        front = serving.Front(host, port, admin_token, sweep_interval, four_eyes, bounds, openid, networks)
        serving.api_only(engine, front, say=out.print)
    except NotASandbox as error:
        stop(str(error))


@app.command()
def migrate(database_url: DatabaseUrl = EMBEDDED) -> None:
    """Brings the database to the newest revision. / データベースを最新の版にする"""
    try:
        bring_forward(engine_of(database_url))
    except ProgrammingError as error:
        stop(f"not migrated: {str(error.orig).partition(chr(10))[0]}")
    out.print("The database is at the newest revision.")
