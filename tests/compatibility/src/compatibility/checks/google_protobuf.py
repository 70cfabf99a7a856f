"""messages of a type made at run time, by the C implementation"""

DISTRIBUTIONS = ['protobuf']


def check():
    from google.protobuf import descriptor_pb2, json_format, message_factory, struct_pb2
    from google.protobuf.descriptor_pool import DescriptorPool
    from google.protobuf.internal import api_implementation

    file = descriptor_pb2.FileDescriptorProto(name='a.proto', package='matrix')
    message = file.message_type.add(name='Point')
    for number, name in enumerate('xy', 1):
        message.field.add(name=name, number=number, type=5, label=1)
    pool = DescriptorPool()
    pool.Add(file)
    point = message_factory.GetMessageClass(pool.FindMessageTypeByName('matrix.Point'))
    data = point(x=3, y=-4).SerializeToString()
    struct = struct_pb2.Struct()
    struct.update({'a': [1, 'b']})
    assert api_implementation.Type() == 'upb'
    return [data.hex(), point.FromString(data).y, json_format.MessageToDict(struct)]
