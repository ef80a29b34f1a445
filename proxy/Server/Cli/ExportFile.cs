using System.Security.Cryptography;
using JitProxy.Server.Admin.Contract;

namespace JitProxy.Server.Cli;

/// <summary>A file that an export is written to: under another name until it is whole, so that nobody takes a part of it for all.</summary>
/// <remarks>
/// What an interrupted export leaves is kept, and the next one says by hashes what it holds. The proxy sends what differs, so the file that is
/// renamed in the end is the new export to the last byte.
/// </remarks>
internal sealed class ExportFile : IAsyncDisposable
{
    private const string Suffix = ".part";
    private const int DiskFull = 28;

    private readonly string _path;
    private readonly bool _overwrites;
    private readonly FileStream _part;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private bool _isDone;

    private ExportFile(string path, bool overwrites, FileStream part) => (_path, _overwrites, _part) = (path, overwrites, part);

    /// <summary>Where it is written until it is whole.</summary>
    public string PartPath => _part.Name;

    /// <summary>Bytes that are on the disk.</summary>
    public long Size => _part.Position;

    /// <summary>Opens what is there of it, or nothing. Readable by nobody else: rows are in it.</summary>
    public static ExportFile Open(string path, bool overwrites)
    {
        if (Directory.Exists(path))
            throw new CliFailure($"{path} is a folder", null, "Name a file: --output FILE");
        if (!overwrites && File.Exists(path))
            throw AlreadyThere(path);

        try
        {
            var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

            return new(path, overwrites, new FileStream(Path.GetFullPath(path) + Suffix, options));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliFailure($"{path}{Suffix} cannot be written", e.Message, "Another export may be writing it; or name another file.");
        }
    }

    /// <summary>SHA-256 of each whole piece that is there already, one behind the other, in base64; null if there is none.</summary>
    public async Task<string?> HashHeldAsync(IProgress<(string Words, double? Part)> progress, CancellationToken stop)
    {
        var pieces = (int)Math.Min(_part.Length / ExportPieces.Size, int.MaxValue / SHA256.HashSizeInBytes);
        var hashes = new byte[pieces * SHA256.HashSizeInBytes];
        var piece = new byte[ExportPieces.Size];
        _part.Position = 0;
        for (var i = 0; i < pieces; i++)
        {
            await _part.ReadExactlyAsync(piece, stop);
            SHA256.HashData(piece, hashes.AsSpan(i * SHA256.HashSizeInBytes));
            progress.Report(("looking at what is there already", (double)i / pieces));
        }

        return pieces == 0 ? null : Convert.ToBase64String(hashes);
    }

    /// <summary>Keeps this many bytes of what is there; what follows is written behind them.</summary>
    public async Task KeepAsync(long bytes, CancellationToken stop)
    {
        _part.SetLength(bytes);
        _part.Position = 0;
        var piece = new byte[ExportPieces.Size];
        for (var left = bytes; left > 0;)
        {
            var read = await _part.ReadAsync(piece.AsMemory(0, (int)Math.Min(left, piece.Length)), stop);
            if (read == 0)
                throw new CliFailure($"{PartPath} became shorter while it was read");

            _hash.AppendData(piece.AsSpan(0, read));
            left -= read;
        }
    }

    /// <summary>Writes the next bytes.</summary>
    public async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken stop)
    {
        try
        {
            await _part.WriteAsync(bytes, stop);
        }
        catch (Exception e) when (IsFault(e))
        {
            throw NotWritten(e, PartPath);
        }

        _hash.AppendData(bytes.Span);
    }

    /// <summary>The file is whole: holds it against what the proxy recorded, and gives it its name.</summary>
    public void Finish(string sha256)
    {
        if (Convert.ToHexStringLower(_hash.GetHashAndReset()) != sha256)
            throw new CliFailure("the file is not what the proxy sent", $"{PartPath} has another SHA-256 than {sha256}", "Remove it, and export again.");

        try
        {
            _part.Flush(flushToDisk: true);
            File.Move(PartPath, _path, _overwrites);
            _isDone = true;
        }
        catch (Exception e) when (IsFault(e))
        {
            throw !_overwrites && File.Exists(_path) ? AlreadyThere(_path) : NotWritten(e, PartPath);
        }
    }

    /// <summary>Closes it. What is worth going on from stays.</summary>
    public async ValueTask DisposeAsync()
    {
        _hash.Dispose();
        var isWorthKeeping = _part.Length >= ExportPieces.Size;
        if (!_isDone && !isWorthKeeping)
            File.Delete(PartPath);

        await _part.DisposeAsync();
    }

    /// <summary>True for what a write may meet; a file that its file system cannot hold comes as an argument out of range.</summary>
    public static bool IsFault(Exception e) => e is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException;

    /// <summary>What a full disk, or another fault of it, is called.</summary>
    public static CliFailure NotWritten(Exception e, string place) => e switch
    {
        { HResult: DiskFull } => new("the disk is full", place, "Make room, and run the same command again: what is there already is not sent again."),
        ArgumentOutOfRangeException => new("the file cannot be written", $"{place}: it is larger than files may be there"),
        _ => new("the file cannot be written", $"{place}: {e.Message}"),
    };

    private static CliFailure AlreadyThere(string path) =>
        new($"{path} is there already", "Nothing was exported.", "Name another file, or say --force to replace it.");
}
