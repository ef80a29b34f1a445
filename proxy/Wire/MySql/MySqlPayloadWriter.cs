using System.Buffers;

namespace JitProxy.Wire.MySql;

/// <summary>Writes one payload whose size is not known beforehand, and splits it into packets as it comes.</summary>
/// <remarks>
/// A packet says its size first, so what is written is held back until it is certain that the packet will be full. The caller
/// says what is certain (<see cref="Promise"/>): inside a long value whose length was read, nothing is held. At most one packet, just under
/// 16 MiB, ever is. Kept and reused.
/// </remarks>
public sealed class MySqlPayloadWriter : IDisposable
{
    private byte[] _held = [];
    private int _heldSize;
    private int _openLeft;
    private long _promised;
    private byte _sequence;

    /// <summary>Bytes that wait for the size of their packet to be certain.</summary>
    public int HeldSize => _heldSize;

    /// <summary>Begins a payload and forgets the one before.</summary>
    public void Begin(byte sequence) => (_sequence, _heldSize, _openLeft, _promised) = (sequence, 0, 0, 0);

    /// <summary>Says that at least so many more bytes will be written, counted from now. A promise that is not kept is a defect.</summary>
    public void Promise(long count) => _promised = Math.Max(_promised, count);

    /// <summary>Writes bytes of the payload.</summary>
    public void Write(ReadOnlySpan<byte> bytes, IBufferWriter<byte> output)
    {
        _promised = Math.Max(_promised, bytes.Length);
        while (!bytes.IsEmpty)
        {
            if (_openLeft == 0 && _heldSize + _promised >= MySqlPacketHeader.BodySizeMax)
                OpenFullPacket(output);

            var room = _openLeft > 0 ? _openLeft : MySqlPacketHeader.BodySizeMax - _heldSize;
            var piece = bytes[..Math.Min(room, bytes.Length)];
            if (_openLeft > 0)
            {
                output.Write(piece);
                _openLeft -= piece.Length;
            }
            else
            {
                Hold(piece);
            }

            _promised -= piece.Length;
            bytes = bytes[piece.Length..];
        }
    }

    /// <summary>Ends the payload with its last packet, which may be empty.</summary>
    /// <returns>The number of the packet behind the payload.</returns>
    public byte End(IBufferWriter<byte> output)
    {
        if (_openLeft > 0 || _promised > 0)
            throw new InvalidOperationException("the payload is shorter than was promised");

        WriteHeader(output, _heldSize);
        output.Write(_held.AsSpan(0, _heldSize));
        _heldSize = 0;
        return _sequence;
    }

    /// <summary>Gives the buffer back.</summary>
    public void Dispose()
    {
        if (_held.Length > 0)
            ArrayPool<byte>.Shared.Return(_held, clearArray: true);

        (_held, _heldSize) = ([], 0);
    }

    private void OpenFullPacket(IBufferWriter<byte> output)
    {
        WriteHeader(output, MySqlPacketHeader.BodySizeMax);
        output.Write(_held.AsSpan(0, _heldSize));
        _openLeft = MySqlPacketHeader.BodySizeMax - _heldSize;
        _heldSize = 0;
    }

    private void WriteHeader(IBufferWriter<byte> output, int bodySize)
    {
        MySqlPacketHeader.Write(output.GetSpan(MySqlPacketHeader.Size), bodySize, _sequence);
        output.Advance(MySqlPacketHeader.Size);
        _sequence = MySqlPacketHeader.Next(_sequence);
    }

    private void Hold(ReadOnlySpan<byte> bytes)
    {
        if (_held.Length < _heldSize + bytes.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_heldSize + bytes.Length, Math.Min(_held.Length * 2, MySqlPacketHeader.BodySizeMax)));
            _held.AsSpan(0, _heldSize).CopyTo(larger);
            if (_held.Length > 0)
                ArrayPool<byte>.Shared.Return(_held, clearArray: true);

            _held = larger;
        }

        bytes.CopyTo(_held.AsSpan(_heldSize));
        _heldSize += bytes.Length;
    }
}
