"""an image filtered, its outlines found, JPEG, PNG and a QR code coded and decoded"""

DISTRIBUTIONS = ['opencv-python-headless']


def check():
    import cv2
    import numpy

    image = numpy.zeros((120, 160, 3), numpy.uint8)
    cv2.circle(image, (80, 60), 30, (255, 120, 0), -1)
    cv2.putText(image, 'text', (10, 30), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (255, 255, 255), 2)
    gray = cv2.cvtColor(cv2.GaussianBlur(image, (5, 5), 1), cv2.COLOR_BGR2GRAY)
    edges = cv2.Canny(gray, 50, 150)
    outlines, _ = cv2.findContours(edges, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    decoded = cv2.imdecode(cv2.imencode('.png', image)[1], cv2.IMREAD_COLOR)
    assert numpy.array_equal(decoded, image)
    jpeg = cv2.imdecode(cv2.imencode('.jpg', image)[1], cv2.IMREAD_COLOR)
    corners = cv2.goodFeaturesToTrack(gray, 20, 0.01, 5)
    code = cv2.QRCodeEncoder.create().encode('matrix')
    code = cv2.resize(code, None, fx=8, fy=8, interpolation=cv2.INTER_NEAREST)
    text = cv2.QRCodeDetector().detectAndDecode(code)[0]
    return [text, len(outlines), int((edges > 0).sum()), jpeg.shape, len(corners)]
