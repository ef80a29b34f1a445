using System.Security.Cryptography;
using JitProxy.Server.Admin.Contract;

namespace JitProxy.Server.Export;

/// <summary>
/// Leaves out of a file what its caller has of it already: piece by piece, as long as the new file's pieces have the hashes of those that the caller holds.
/// From the first that differs on, everything is sent. So the caller ends with the new file whatever it held, and nothing of an older one is left in it.
/// </summary>
/// <param name="held">SHA-256 of each whole piece that the caller holds, one behind the other.</param>
/// <param name="keep">Tells the caller how many bytes it may keep; called once, before anything is sent.</param>
/// <param name="send">Sends bytes.</param>
internal sealed class ResumeFilter(byte[] held, Func<long, ValueTask> keep, Func<ReadOnlyMemory<byte>, ValueTask> send)
{
    private readonly byte[] _piece = held.Length > 0 ? new byte[ExportPieces.Size] : [];
    private int _filled;
    private int _matched;
    private bool _isOpen;

    /// <summary>Takes the next bytes of the file.</summary>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!_isOpen && !bytes.IsEmpty)
        {
            if (_matched * SHA256.HashSizeInBytes == held.Length)
            {
                await OpenAsync();
                break;
            }

            var size = Math.Min(bytes.Length, _piece.Length - _filled);
            bytes[..size].CopyTo(_piece.AsMemory(_filled));
            bytes = bytes[size..];
            _filled += size;
            if (_filled < _piece.Length)
                return;

            if (Matches())
                (_matched, _filled) = (_matched + 1, 0);
            else
                await OpenAsync();
        }

        if (!bytes.IsEmpty)
            await send(bytes);
    }

    /// <summary>The file is over.</summary>
    public ValueTask EndAsync() => _isOpen ? default : OpenAsync();

    private bool Matches() =>
        SHA256.HashData(_piece).AsSpan().SequenceEqual(held.AsSpan(_matched * SHA256.HashSizeInBytes, SHA256.HashSizeInBytes));

    private async ValueTask OpenAsync()
    {
        _isOpen = true;
        await keep((long)_matched * ExportPieces.Size);
        if (_filled > 0)
            await send(_piece.AsMemory(0, _filled));
    }
}
