"""Settings of the mail server."""

from typing import TYPE_CHECKING, Annotated

import typer

from lifecycle.cli.settings import setting

if TYPE_CHECKING:
    from scheduler.smtp import MailServer, Security

SmtpHost = Annotated[str | None, setting("LIFECYCLE_SMTP_HOST", "Mail server; without it no mail is sent.")]
SmtpPort = Annotated[int, setting("LIFECYCLE_SMTP_PORT", "Port of the mail server.", min=1, max=65535)]
SmtpSecurity = Annotated[
    str, setting("LIFECYCLE_SMTP_TLS", "starttls, tls (from the first byte) or none (within a machine).")
]
SmtpUser = Annotated[
    str | None, setting("LIFECYCLE_SMTP_USER", "Name to sign in with at the mail server; by default none.")
]
SmtpPassword = Annotated[str | None, setting("LIFECYCLE_SMTP_PASSWORD", "Password of that name.")]
SmtpFrom = Annotated[str | None, setting("LIFECYCLE_SMTP_FROM", "Address that mail is sent from.")]
SmtpSandboxTo = Annotated[
    str | None,
    setting("LIFECYCLE_SMTP_SANDBOX_TO", "Address for all mail of a sandbox; without it a sandbox sends none."),
]


def mail_server_of(
    smtp_host: SmtpHost = None, smtp_port: SmtpPort = 587, smtp_tls: SmtpSecurity = "starttls",
    smtp_user: SmtpUser = None, smtp_password: SmtpPassword = None, smtp_from: SmtpFrom = None,
    smtp_sandbox_to: SmtpSandboxTo = None,
) -> "MailServer | None":  # fmt: skip
    """Return the mail server, None for none. Raises BadParameter for options that contradict each other."""
    from lifecycle.mail.addresses import BadAddress, checked
    from scheduler.smtp import MailServer

    if smtp_host is None:
        return None
    if smtp_tls not in ("starttls", "tls", "none"):
        raise typer.BadParameter("is starttls, tls or none", param_hint="--smtp-tls")
    if smtp_from is None:
        raise typer.BadParameter("is needed: mail comes from an address", param_hint="--smtp-from")
    if (smtp_user is None) != (smtp_password is None):
        raise typer.BadParameter("goes with --smtp-password", param_hint="--smtp-user")
    if smtp_user is not None and smtp_tls == "none":
        raise typer.BadParameter("a password is not sent without TLS", param_hint="--smtp-tls")
    for option, address in (("--smtp-from", smtp_from), ("--smtp-sandbox-to", smtp_sandbox_to)):
        try:
            if address is not None:
                checked(address)
        except BadAddress as error:
            raise typer.BadParameter(str(error), param_hint=option) from None
    security: Security = smtp_tls  # type: ignore[assignment]
    return MailServer(smtp_host, smtp_port, security, smtp_from, smtp_user, smtp_password, smtp_sandbox_to)
