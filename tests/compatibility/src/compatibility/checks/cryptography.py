"""AES-GCM, RSA, Ed25519, a certificate that is made and verified"""

import datetime

DISTRIBUTIONS = ['cryptography']


def check():
    from cryptography import x509
    from cryptography.fernet import Fernet
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.x509.oid import NameOID

    fernet = Fernet(Fernet.generate_key())
    assert fernet.decrypt(fernet.encrypt(b'secret')) == b'secret'
    sealed = AESGCM(bytes(32)).encrypt(bytes(12), b'secret', b'')
    key = rsa.generate_private_key(65537, 2048)
    signature = key.sign(b'text', padding.PKCS1v15(), hashes.SHA256())
    key.public_key().verify(signature, b'text', padding.PKCS1v15(), hashes.SHA256())
    edwards = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    curve = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, 'matrix')])
    day = datetime.datetime(2025, 1, 1)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).serial_number(1)
    builder = builder.not_valid_before(day).not_valid_after(day + datetime.timedelta(9))
    certificate = builder.public_key(curve.public_key()).sign(curve, hashes.SHA256())
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    read = x509.load_pem_x509_certificate(pem)
    read.verify_directly_issued_by(certificate)
    return [sealed.hex(), edwards.sign(b'text').hex(), read.subject.rfc4514_string()]
