using System.Buffers;

namespace JitProxy.Wire.MySql;

/// <summary>Reads one payload of any size piece by piece, across the headers of the packets that it lies in; holds no byte of it.</summary>
/// <remarks>A mutable struct: keep it in a field or a local, and never in a readonly one.</remarks>
public struct MySqlPayloadReader
{
    private int _bodyLeft;
    private bool _isBegun;
    private bool _isLastPacket;
    private byte _nextSequence;

    /// <summary>True once the whole payload was given out.</summary>
    public readonly bool IsAtEnd => _isLastPacket && _bodyLeft == 0;

    /// <summary>The number that the next packet must have: after the payload, that of the packet behind it.</summary>
    public readonly byte NextSequence => _nextSequence;

    /// <summary>Bytes of the payload that are certain to come, by the header read last; more may follow in further packets.</summary>
    public readonly int SizeKnown => _bodyLeft;

    /// <summary>Takes what is there of the payload off <paramref name="input"/>, headers included.</summary>
    /// <param name="input">What was received and not yet taken.</param>
    /// <param name="piece">Bytes of the payload, from one packet; at the payload's end it may be empty.</param>
    /// <returns>
    /// Done: a piece was taken, or the end was reached (<see cref="IsAtEnd"/>). NeedMoreData: nothing but perhaps a header was
    /// taken. InvalidData: a further packet has the wrong number.
    /// </returns>
    public OperationStatus TryRead(ref ReadOnlySequence<byte> input, out ReadOnlySequence<byte> piece)
    {
        piece = default;
        if (_bodyLeft == 0 && !_isLastPacket)
        {
            var status = MySqlPacketHeader.TryRead(in input, out var bodySize, out var sequence);
            if (status != OperationStatus.Done)
                return status;

            if (_isBegun && sequence != _nextSequence)
                return OperationStatus.InvalidData;

            _isBegun = true;
            _nextSequence = MySqlPacketHeader.Next(sequence);
            _bodyLeft = bodySize;
            _isLastPacket = bodySize < MySqlPacketHeader.BodySizeMax;
            input = input.Slice(MySqlPacketHeader.Size);
        }

        if (_bodyLeft == 0)
            return OperationStatus.Done;

        if (input.IsEmpty)
            return OperationStatus.NeedMoreData;

        var size = (int)Math.Min(_bodyLeft, input.Length);
        piece = input.Slice(0, size);
        input = input.Slice(size);
        _bodyLeft -= size;
        return OperationStatus.Done;
    }
}
