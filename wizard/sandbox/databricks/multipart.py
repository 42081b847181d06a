"""Reading multipart/form-data, in which the SDKs upload files."""

from email import policy
from email.parser import BytesParser

from wizard.sandbox.databricks.wire import malformed


def parts(content_type: str, body: bytes) -> dict[str, bytes]:
    """The fields of a form by name. Raises DatabricksFault 400 MALFORMED_REQUEST for a body that is none."""
    header = f"Content-Type: {content_type}\r\nMIME-Version: 1.0\r\n\r\n".encode()
    form = BytesParser(policy=policy.HTTP).parsebytes(header + body)
    found = {}
    for part in form.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes):
            found[name] = content
    if not found:
        raise malformed("Could not parse multipart request")
    return found
