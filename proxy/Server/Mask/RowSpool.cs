using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Security.Cryptography;

namespace JitProxy.Server.Mask;

/// <summary>Takes a piece of what was held.</summary>
internal delegate void SpoolSink(ReadOnlySpan<byte> piece);

/// <summary>Holds the front of a large row: in memory up to a bound, then in a temporary file.</summary>
/// <remarks>The file is deleted with its handle, and encrypted under a key that never leaves memory.</remarks>
internal sealed class RowSpool : IDisposable
{
    private const int MemorySizeMax = 1024 * 1024;
    private const int PieceSize = 64 * 1024;

    private readonly RowScratch _memory = new();
    private Aes? _aes;
    private FileStream? _file;
    private CryptoStream? _encrypting;

    /// <summary>Bytes held.</summary>
    public long Length { get; private set; }

    /// <summary>Appends bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        Length += bytes.Length;
        if (_encrypting is null && _memory.Length + bytes.Length <= MemorySizeMax)
        {
            _memory.Append(bytes);
            return;
        }

        (_encrypting ??= OpenFile()).Write(bytes);
    }

    /// <summary>Appends a big-endian number.</summary>
    public void AppendInt32(int value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        Append(bytes);
    }

    /// <summary>Writes everything to the client, piece by piece; false if it was told to stop in the middle.</summary>
    /// <param name="write">Takes each piece, and writes it to <paramref name="output"/>.</param>
    /// <param name="output">Flushed behind each piece.</param>
    /// <param name="mayGoOn">Asked before each piece.</param>
    /// <param name="stop">Ends the wait.</param>
    public async ValueTask<bool> ReplayAsync(SpoolSink write, PipeWriter output, Func<bool> mayGoOn, CancellationToken stop)
    {
        write(_memory.Written);
        await output.FlushAsync(stop);
        if (_encrypting is null)
            return true;

        await _encrypting.FlushFinalBlockAsync(stop);
        _file!.Position = 0;
        await using var decrypting = new CryptoStream(_file, _aes!.CreateDecryptor(), CryptoStreamMode.Read, leaveOpen: true);
        var piece = new byte[PieceSize];
        int count;
        while ((count = await decrypting.ReadAsync(piece, stop)) > 0)
        {
            if (!mayGoOn())
                return false;

            write(piece.AsSpan(0, count));
            await output.FlushAsync(stop);
        }

        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _encrypting?.Dispose();
        _file?.Dispose();
        _aes?.Dispose();
    }

    private CryptoStream OpenFile()
    {
        _aes = Aes.Create();
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Options = FileOptions.DeleteOnClose | FileOptions.SequentialScan,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

        _file = new(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()), options);
        return new(_file, _aes.CreateEncryptor(), CryptoStreamMode.Write, leaveOpen: true);
    }
}
