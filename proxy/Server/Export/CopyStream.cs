using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using JitProxy.Policy.Sql;
using JitProxy.Server.Decide;
using JitProxy.Server.Mask;
using JitProxy.Server.Record;
using JitProxy.Storage.Audit;
using JitProxy.Wire.Postgres;

namespace JitProxy.Server.Export;

/// <summary>Writes DataRows as the server would write them for COPY TO STDOUT (PostgreSQL, commands/copyto.c), and counts and hashes what leaves.</summary>
internal sealed class CopyStream : IDisposable
{
    private readonly CopyExport _how;
    private readonly ExportRecord _record;
    private readonly byte[] _nullText;
    private bool[] _isForced = [];
    private readonly RowScratch _line = new();
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _rows;
    private long _bytes;

    /// <summary>A copy of an execution's rows.</summary>
    /// <param name="how">What the client asked for.</param>
    /// <param name="record">The export's record.</param>
    /// <param name="running">The execution; however it ends, the export ends with it.</param>
    public CopyStream(CopyExport how, ExportRecord record, Running? running)
    {
        (_how, _record) = (how, record);
        _nullText = Encoding.UTF8.GetBytes(how.NullText);
        if (running is not null)
            running.OnEnded = Close;
    }

    // What every binary copy begins with: signature, flags, and no extension.
    private static ReadOnlySpan<byte> BinaryHeader =>
        [(byte)'P', (byte)'G', (byte)'C', (byte)'O', (byte)'P', (byte)'Y', (byte)'\n', 0xFF, (byte)'\r', (byte)'\n', 0, 0, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>Says that a copy begins.</summary>
    /// <param name="description">The description of the rows.</param>
    /// <param name="output">The client.</param>
    /// <returns>Why it may not; nothing is written then.</returns>
    public Refusal? Begin(in PgRowDescription description, IBufferWriter<byte> output)
    {
        if (FindForced(description) is { } unknown)
            return unknown;

        if (_record.Begin() is { } refusal)
            return refusal;

        PgCopyResponse.WriteOut(output, _how.IsBinary, description.ColumnCount);
        if (_how.IsBinary)
            _line.Append(BinaryHeader);

        if (!_how.HasHeader)
            return null;

        var index = 0;
        foreach (var column in description)
        {
            if (index++ > 0)
                _line.Append([_how.Delimiter]);

            AppendValue(column.Name, isForced: false, isAlone: description.ColumnCount == 1);
        }

        _line.Append("\n"u8);
        Send(output);
        return null;
    }

    /// <summary>Writes one row.</summary>
    /// <param name="frame">The whole DataRow.</param>
    /// <param name="output">The client.</param>
    /// <returns>Bytes of the copy that it is; -1 if it is malformed, and then nothing was written.</returns>
    public int WriteRow(ReadOnlySpan<byte> frame, IBufferWriter<byte> output)
    {
        var body = frame[PgFrameHeader.Size..];
        if (!PgDataRow.TryParse(body, out var row))
            return -1;

        // A tuple of the binary format is laid out exactly as the body of a DataRow.
        if (_how.IsBinary)
            _line.Append(body);
        else
            AppendLine(row);

        _rows++;
        return Send(output);
    }

    /// <summary>Ends the copy, CommandComplete included.</summary>
    /// <returns>Why its end cannot be recorded; then it has not ended well.</returns>
    public Refusal? End(IBufferWriter<byte> output)
    {
        if (_how.IsBinary)
        {
            Span<byte> trailer = stackalloc byte[sizeof(short)];
            BinaryPrimitives.WriteInt16BigEndian(trailer, -1);
            _line.Append(trailer);
            Send(output);
        }

        if (_record.End(_rows, _bytes, _hash.GetHashAndReset(), AuditOutcome.Ok, null) is { } refusal)
            return refusal;

        output.Write(PgMessages.CopyDone);
        PgCommandComplete.Write(output, Encoding.ASCII.GetBytes($"COPY {_rows}"));
        return null;
    }

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();

    // However the execution ended: what had left until then is recorded, unless its good end already is.
    private void Close(AuditOutcome outcome, string? error)
    {
        _record.End(_rows, _bytes, _hash.GetHashAndReset(), outcome, error);
        Dispose();
    }

    // The columns that FORCE_QUOTE names, found as the server finds them (CopyGetAttnums): the first of each name, and none twice.
    private Refusal? FindForced(in PgRowDescription description)
    {
        if (_how.Quoted.IsEmpty)
            return null;

        var names = new List<string>(description.ColumnCount);
        foreach (var column in description)
            names.Add(Encoding.UTF8.GetString(column.Name));

        _isForced = new bool[names.Count];
        foreach (var name in _how.Quoted)
        {
            var index = names.IndexOf(name);
            if (index < 0)
                return new(default, "42703", $"column \"{name}\" does not exist", null, null);
            if (_isForced[index])
                return new(default, "42701", $"column \"{name}\" specified more than once", null, null);

            _isForced[index] = true;
        }

        return null;
    }

    private int Send(IBufferWriter<byte> output)
    {
        var size = _line.Length;
        PgCopyData.Write(output, _line.Written);
        _hash.AppendData(_line.Written);
        _bytes += size;
        _line.Reset();
        return size;
    }

    private void AppendLine(in PgDataRow row)
    {
        var index = 0;
        foreach (var value in row)
        {
            if (index++ > 0)
                _line.Append([_how.Delimiter]);

            if (value.IsNull)
                _line.Append(_nullText);
            else
                AppendValue(value.Bytes, _how.QuotesAll || (index <= _isForced.Length && _isForced[index - 1]), row.ColumnCount == 1);
        }

        _line.Append("\n"u8);
    }

    private void AppendValue(ReadOnlySpan<byte> value, bool isForced, bool isAlone)
    {
        if (!_how.IsCsv)
            AppendText(value);
        else if (isForced || NeedsQuotes(value, isAlone))
            AppendQuoted(value);
        else
            _line.Append(value);
    }

    // `\.` alone on a line would be read as the end of the data.
    private bool NeedsQuotes(ReadOnlySpan<byte> value, bool isAlone) =>
        value.SequenceEqual(_nullText) || value.ContainsAny(_how.Delimiter, _how.Quote, (byte)'\n') || value.Contains((byte)'\r')
        || (isAlone && value.SequenceEqual("\\."u8));

    private void AppendQuoted(ReadOnlySpan<byte> value)
    {
        _line.Append([_how.Quote]);
        int at;
        while ((at = value.IndexOfAny(_how.Quote, _how.Escape)) >= 0)
        {
            _line.Append(value[..at]);
            _line.Append([_how.Escape, value[at]]);
            value = value[(at + 1)..];
        }

        _line.Append(value);
        _line.Append([_how.Quote]);
    }

    private void AppendText(ReadOnlySpan<byte> value)
    {
        var copied = 0;
        for (var i = 0; i < value.Length; i++)
        {
            var escaped = value[i] switch
            {
                (byte)'\b' => (byte)'b',
                (byte)'\f' => (byte)'f',
                (byte)'\n' => (byte)'n',
                (byte)'\r' => (byte)'r',
                (byte)'\t' => (byte)'t',
                (byte)'\v' => (byte)'v',
                var other when other == (byte)'\\' || other == _how.Delimiter => other,
                _ => (byte)0,
            };
            if (escaped == 0)
                continue;

            _line.Append(value[copied..i]);
            _line.Append([(byte)'\\', escaped]);
            copied = i + 1;
        }

        _line.Append(value[copied..]);
    }
}
