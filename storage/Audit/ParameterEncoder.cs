using System.Buffers;
using System.Security.Cryptography;
using JitProxy.Policy.Redaction;

namespace JitProxy.Storage.Audit;

/// <summary>Encodes the parameters of one execution for its record. Reusable: <see cref="Clear"/> starts the next one.</summary>
/// <remarks>Bounded: a value above 8 KiB is kept in part with its digest, and above 256 KiB in all only a digest of the rest is kept.</remarks>
/// <param name="first">What to keep until <see cref="Keeps"/> says otherwise.</param>
/// <param name="key">The secret key for <see cref="KeptAs.Hash"/>; not used otherwise.</param>
public sealed class ParameterEncoder(KeptAs first, ReadOnlyMemory<byte> key) : IDisposable
{
    private const int ValueSizeMax = 8 * 1024;
    private const int CutSize = 1024;
    private const int SizeMax = 256 * 1024;

    private readonly ArrayBufferWriter<byte> _output = new();
    private KeptAs _keeps = first;
    private IncrementalHash? _restHash;
    private int _restCount;

    /// <summary>What is kept of each value; setting it forgets what was added.</summary>
    public KeptAs Keeps
    {
        get => _keeps;
        set
        {
            if (_keeps != value)
            {
                _restHash?.Dispose();
                (_keeps, _restHash) = (value, null);
            }

            Clear();
        }
    }

    /// <summary>The encoding of what was added. Valid until the next call.</summary>
    public ReadOnlySpan<byte> Encoded
    {
        get
        {
            CloseRest();
            return _output.WrittenSpan;
        }
    }

    /// <summary>Forgets what was added.</summary>
    public void Clear()
    {
        _output.ResetWrittenCount();
        _restHash?.GetHashAndReset();
        _restCount = 0;
    }

    /// <summary>Adds SQL NULL.</summary>
    public void AddNull() => Add(ParameterKind.Null, default);

    /// <summary>Adds a value in its text form, UTF-8.</summary>
    public void AddText(ReadOnlySpan<byte> value) => Add(ParameterKind.Text, value);

    /// <summary>Adds a value in the server's binary form.</summary>
    public void AddBinary(ReadOnlySpan<byte> value) => Add(ParameterKind.Binary, value);

    /// <inheritdoc/>
    public void Dispose() => _restHash?.Dispose();

    private void Add(ParameterKind kind, ReadOnlySpan<byte> value)
    {
        if (_output.WrittenCount >= SizeMax)
        {
            AddToRest(kind, value);
            return;
        }

        if (_keeps == KeptAs.Omit)
        {
            Write(ParameterKind.Omitted, default);
        }
        else if (kind == ParameterKind.Null)
        {
            Write(ParameterKind.Null, default);
        }
        else if (_keeps == KeptAs.Hash)
        {
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            HMACSHA256.HashData(key.Span, value, hash);
            Write(ParameterKind.Hash, hash);
        }
        else if (value.Length > ValueSizeMax)
        {
            WriteCut(value);
        }
        else
        {
            var span = _output.GetSpan(1 + FieldWriter.NumberSizeMax + value.Length);
            span[0] = (byte)kind;
            var writer = new FieldWriter(span, 1);
            writer.Bytes(value);
            _output.Advance(writer.Position);
        }
    }

    private void Write(ParameterKind kind, ReadOnlySpan<byte> content)
    {
        var span = _output.GetSpan(1 + content.Length);
        span[0] = (byte)kind;
        content.CopyTo(span[1..]);
        _output.Advance(1 + content.Length);
    }

    private void WriteCut(ReadOnlySpan<byte> value)
    {
        var span = _output.GetSpan(1 + 2 * FieldWriter.NumberSizeMax + CutSize + SHA256.HashSizeInBytes);
        span[0] = (byte)ParameterKind.Cut;
        var writer = new FieldWriter(span, 1);
        writer.Number(value.Length);
        writer.Bytes(value[..CutSize]);
        SHA256.HashData(value, span[writer.Position..]);
        _output.Advance(writer.Position + SHA256.HashSizeInBytes);
    }

    private void AddToRest(ParameterKind kind, ReadOnlySpan<byte> value)
    {
        _restCount++;
        if (_keeps == KeptAs.Omit)
            return;

        // Under the hash policy the digest is keyed as the single values are.
        _restHash ??= _keeps == KeptAs.Hash
            ? IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key.Span)
            : IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        _restHash.AppendData([(byte)kind]);
        _restHash.AppendData(BitConverter.GetBytes(value.Length));
        _restHash.AppendData(value);
    }

    private void CloseRest()
    {
        if (_restCount == 0)
            return;
        var span = _output.GetSpan(1 + FieldWriter.NumberSizeMax + SHA256.HashSizeInBytes);
        span[0] = (byte)ParameterKind.Rest;
        var writer = new FieldWriter(span, 1);
        writer.Number(_restCount);
        var digest = span.Slice(writer.Position, SHA256.HashSizeInBytes);
        digest.Clear();
        _restHash?.GetHashAndReset(digest);
        _output.Advance(writer.Position + SHA256.HashSizeInBytes);
        _restCount = 0;
    }
}
