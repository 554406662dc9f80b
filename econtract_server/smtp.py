"""Handing e-mail to a relay over SMTP (RFC 5321, 3207 STARTTLS, 4954 AUTH)."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from econtract_server.config import ServerConfig

_TIMEOUT = 30  # seconds


class NotTaken(Exception):
    """The relay did not take it. `final`: it said that it never will."""

    def __init__(self, problem: str, *, final: bool) -> None:
        super().__init__(problem)
        self.final = final


@dataclass(frozen=True)
class Letter:
    """One mail. `mail_id` becomes its Message-ID, so that one sent twice is seen to be the same."""

    mail_id: str
    recipient: str
    subject: str
    body: str
    at: datetime


class Relay:
    """One thread at a time."""

    def __init__(self, config: ServerConfig) -> None:
        self._config = config

    def send(self, letter: Letter) -> None:
        """Raises NotTaken."""
        try:
            message = self._message(letter)
            with self._connected() as smtp:
                smtp.send_message(message)
        except smtplib.SMTPResponseException as problem:
            text = problem.smtp_error.decode("utf-8", "replace") if isinstance(problem.smtp_error, bytes) else ""
            final = 500 <= problem.smtp_code < 600 and not isinstance(problem, smtplib.SMTPAuthenticationError)
            raise NotTaken(f"{problem.smtp_code} {text}", final=final) from None
        except smtplib.SMTPRecipientsRefused as problem:
            code, said = next(iter(problem.recipients.values()))
            raise NotTaken(f"{code} {said.decode('utf-8', 'replace')}", final=500 <= code < 600) from None
        except ValueError as problem:  # an address or a header that is none
            raise NotTaken(str(problem), final=True) from None
        except (smtplib.SMTPException, OSError) as problem:
            raise NotTaken(f"{type(problem).__name__}: {problem}", final=False) from None

    def _connected(self) -> smtplib.SMTP:
        config = self._config
        place = (config.smtp_host, config.smtp_port)
        context = ssl.create_default_context(cafile=config.smtp_ca or None)
        if config.smtp_security == "tls":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(*place, timeout=_TIMEOUT, context=context)
        else:
            smtp = smtplib.SMTP(*place, timeout=_TIMEOUT)
        try:
            if config.smtp_security == "starttls":
                smtp.starttls(context=context)
            if config.smtp_user:
                smtp.login(config.smtp_user, Path(config.smtp_password_file).read_text(encoding="utf-8").strip())
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _message(self, letter: Letter) -> EmailMessage:
        message = EmailMessage()
        domain = self._config.mail_from.rpartition("@")[2]
        message["From"] = Address(self._config.server_name, addr_spec=self._config.mail_from)
        message["To"] = Address(addr_spec=letter.recipient)
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(letter.at)
        message["Message-ID"] = f"<{letter.mail_id}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
        message.set_content(letter.body, cte="base64")
        return message
