"""polygons cut, buffered, indexed and written as text"""

DISTRIBUTIONS = ['shapely']


def check():
    import shapely
    from shapely import STRtree, wkt
    from shapely.geometry import Point, Polygon

    square = Polygon([(0, 0), (4, 0), (4, 4), (0, 4)])
    circle = Point(4, 4).buffer(2)
    overlap = square.intersection(circle)
    tree = STRtree([Point(i, i) for i in range(10)])
    return [
        round(overlap.area, 9),
        wkt.dumps(square.difference(Polygon([(1, 1), (2, 1), (2, 2)])), rounding_precision=1),
        sorted(tree.query(square).tolist()),
        int(shapely.get_num_coordinates(circle)),
        shapely.geos_version_string,
    ]
