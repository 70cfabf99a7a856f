"""a sealed box, a signature and a password hash, through a cffi module"""

DISTRIBUTIONS = ['PyNaCl']


def check():
    from nacl import pwhash, secret, signing

    box = secret.SecretBox(bytes(32))
    sealed = box.encrypt(b'secret', bytes(24))
    assert box.decrypt(sealed) == b'secret'
    key = signing.SigningKey(bytes(32))
    signed = key.sign(b'text')
    assert key.verify_key.verify(signed) == b'text'
    derived = pwhash.argon2id.kdf(32, b'password', bytes(16), opslimit=1, memlimit=8192)
    return [sealed.hex(), signed.signature.hex(), derived.hex()]
