"""four copies of OpenSSL in one process: a TLS session by Python's, a certificate by another one"""

import ctypes
import datetime
import os
import ssl
import tempfile


def check():
    import cv2
    import psycopg
    from cryptography.hazmat.backends.openssl import backend

    # Loaded before Python's own is used: FFmpeg's and libpq's, which are shared libraries.
    assert 'FFMPEG' in cv2.getBuildInformation() and psycopg.pq.version() > 0
    copies = {os.path.basename(path) for path in _loaded() if '/libcrypto-' in path}
    assert len(copies) >= 2, copies
    own, other = ssl.OPENSSL_VERSION, backend.openssl_version_text()
    assert own != other
    return [own, other, sorted(copies), _session(_certificate())]


def _loaded():
    """Returns the paths of the shared objects in the process, as the loader calls them."""

    class Object(ctypes.Structure):
        _fields_ = [('address', ctypes.c_void_p), ('path', ctypes.c_char_p)]

    paths = []

    @ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(Object), ctypes.c_size_t, ctypes.c_void_p)
    def add(found, size, data):
        paths.append(os.fsdecode(found.contents.path or b''))
        return 0

    ctypes.CDLL(None).dl_iterate_phdr(add, None)
    return paths


def _certificate():
    """Makes a certificate of its own authority, with its key, by cryptography's OpenSSL."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, 'here')])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName('here')]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    return private + certificate.public_bytes(pem)


def _session(pem):
    """Sends text over TLS inside of the process, by Python's own OpenSSL."""
    server, client = (
        ssl.SSLContext(role) for role in (ssl.PROTOCOL_TLS_SERVER, ssl.PROTOCOL_TLS_CLIENT)
    )
    with tempfile.NamedTemporaryFile() as file:
        file.write(pem)
        file.flush()
        server.load_cert_chain(file.name)
    client.load_verify_locations(cadata=pem[pem.index(b'-----BEGIN CERT') :].decode())
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(to_client, to_server, server_hostname='here'),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    for _ in range(3):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                pass
    ends[0].write(b'text')
    return [ends[1].read().decode(), ends[0].version()]
