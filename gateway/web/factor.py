"""The second factor as an app takes it: an address, and the same as a picture to photograph (otpauth, RFC 6238)."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from reportlab.graphics import renderSVG
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing

ISSUER = "vendor-gateway"
SIDE = 180


def address_of(secret: str, user_id: str) -> str:
    """What the picture says."""
    return f"otpauth://totp/{quote(f'{ISSUER}:{user_id}')}?{urlencode({'secret': secret, 'issuer': ISSUER})}"


def picture_of(address: str) -> bytes:
    """The address as a QR code (SVG)."""
    code = QrCodeWidget(address, barLevel="M")
    left, low, right, high = code.getBounds()
    drawing = Drawing(SIDE, SIDE, transform=[SIDE / (right - left), 0, 0, SIDE / (high - low), 0, 0])
    drawing.add(code)
    drawn: str | bytes = renderSVG.drawToString(drawing)
    return drawn.encode() if isinstance(drawn, str) else drawn
