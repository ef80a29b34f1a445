using System.Buffers;
using System.Globalization;
using System.Text;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Tests.Sessions.MySql;

/// <summary>Answers commands as a MySQL server does that knows a few statements and forgets nothing that it was asked.</summary>
internal sealed class MySqlModel
{
    public const MySqlServerStatus Status = MySqlServerStatus.Autocommit;

    private readonly Dictionary<string, MySqlTable> _tables = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Writer> _others = new(StringComparer.Ordinal);
    private readonly Dictionary<uint, Prepared> _prepared = [];
    private readonly List<string> _heard = [];
    private uint _lastId = 100;

    /// <summary>Writes a whole answer; the first packet's number is given.</summary>
    public delegate void Writer(IBufferWriter<byte> output, ref byte sequence);

    /// <summary>What was agreed on with the proxy.</summary>
    public MySqlCapabilities Capabilities { get; init; } = MySqlSessionFixture.Usual;

    /// <summary>The commands since the session was opened, in words.</summary>
    public IReadOnlyList<string> Heard
    {
        get
        {
            lock (_heard)
                return [.. _heard.Where(static h => !h.StartsWith("Query SET SESSION", StringComparison.Ordinal))];
        }
    }

    /// <summary>Bytes of the last execution.</summary>
    public int LastSize { get; private set; }

    /// <summary>How many statements were run for the client.</summary>
    public int Runs { get; private set; }

    private bool EndsWithOk => (Capabilities & MySqlCapabilities.DeprecateEof) != 0;

    /// <summary>Knows a statement that has a result.</summary>
    public MySqlModel Knows(string text, MySqlTable table)
    {
        _tables[text] = table;
        return this;
    }

    /// <summary>Answers a text, or an execution of it, with these bytes whatever they are.</summary>
    public MySqlModel Says(string text, Writer answer)
    {
        _others[text] = answer;
        return this;
    }

    /// <summary>The answer to a command; empty for one that has none.</summary>
    public byte[] Answer(byte[] payload)
    {
        var output = new ArrayBufferWriter<byte>();
        byte sequence = 1;
        Answer(payload, output, ref sequence);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Writes an OK.</summary>
    public void Ok(IBufferWriter<byte> output, ref byte sequence, MySqlServerStatus status = Status, bool isEnd = false, byte[]? changes = null) =>
        MySqlOk.Write(output, ref sequence, Capabilities, status, changes: changes, isEnd: isEnd);

    /// <summary>Ends a result, or its columns.</summary>
    public void End(IBufferWriter<byte> output, ref byte sequence, MySqlServerStatus status = Status)
    {
        if (EndsWithOk)
            Ok(output, ref sequence, status, isEnd: true);
        else
            MySqlEof.Write(output, ref sequence, status);
    }

    /// <summary>Writes a whole result.</summary>
    public void Result(IBufferWriter<byte> output, ref byte sequence, MySqlTable table, bool isBinary)
    {
        MySqlResultSetHeader.Write(output, ref sequence, table.Columns.Length);
        table.WriteColumns(output, ref sequence);
        if (!EndsWithOk)
            MySqlEof.Write(output, ref sequence, Status);

        table.WriteRows(output, ref sequence, isBinary);
        End(output, ref sequence);
    }

    private void Answer(byte[] payload, IBufferWriter<byte> output, ref byte sequence)
    {
        switch ((MySqlCommand)payload[0])
        {
            case MySqlCommand.Query when MySqlQuery.TryParse(payload, Capabilities, out var query):
                var text = Encoding.UTF8.GetString(query.Text);
                Hear($"Query {text}");
                AnswerText(text, output, ref sequence);
                break;
            case MySqlCommand.StmtPrepare:
                Prepare(Encoding.UTF8.GetString(payload.AsSpan(1)), output, ref sequence);
                break;
            case MySqlCommand.StmtExecute:
                Execute(payload, output, ref sequence);
                break;
            case MySqlCommand.StmtFetch when MySqlStmtCommand.TryParse(payload, out var fetch):
                Fetch(_prepared[fetch.StatementId], (int)fetch.RowCount, output, ref sequence);
                break;
            case MySqlCommand.StmtClose when MySqlStmtCommand.TryParse(payload, out var close):
                Hear($"Close {_prepared[close.StatementId].Text}");
                _prepared.Remove(close.StatementId);
                break;
            case MySqlCommand.StmtSendLongData when MySqlStmtSendLongData.TryParse(payload, out var sent):
                Hear($"SendLongData {sent.Parameter} {Encoding.UTF8.GetString(sent.Data)}");
                _prepared[sent.StatementId].SentAhead[sent.Parameter] = true;
                break;
            case MySqlCommand.Quit:
                Hear("Quit");
                break;
            default:
                Hear(((MySqlCommand)payload[0]).ToString());
                Ok(output, ref sequence);
                break;
        }
    }

    private void AnswerText(string text, IBufferWriter<byte> output, ref byte sequence)
    {
        Runs += text.StartsWith("SET SESSION", StringComparison.Ordinal) || text == "DO 0" ? 0 : 1;
        if (_others.TryGetValue(text, out var other))
            other(output, ref sequence);
        else if (_tables.TryGetValue(text, out var table))
            Result(output, ref sequence, table, isBinary: false);
        else if (text.StartsWith("SET ", StringComparison.Ordinal) || text == "DO 0")
            Ok(output, ref sequence);
        else
            MySqlError.Write(output, ref sequence, 1064, "42000", $"syntax error near {text}");
    }

    private void Prepare(string text, IBufferWriter<byte> output, ref byte sequence)
    {
        Hear($"Prepare {text}");
        if (!_tables.TryGetValue(text, out var table) && !_others.ContainsKey(text))
        {
            MySqlError.Write(output, ref sequence, 1064, "42000", $"syntax error near {text}");
            return;
        }

        var count = text.Count(static c => c == '?');
        _prepared[++_lastId] = new(text, count);
        MySqlStmtPrepareOk.Write(output, ref sequence, _lastId, (ushort)(table?.Columns.Length ?? 0), (ushort)count, 0);
        for (var i = 0; i < count; i++)
            MySqlColumn.Of("?"u8, MySqlType.VarString, 63, 0).Write(output, ref sequence);

        if (count > 0 && !EndsWithOk)
            MySqlEof.Write(output, ref sequence, Status);

        table?.WriteColumns(output, ref sequence);
        if (table is not null && !EndsWithOk)
            MySqlEof.Write(output, ref sequence, Status);
    }

    private void Execute(byte[] payload, IBufferWriter<byte> output, ref byte sequence)
    {
        MySqlStmtExecute.TryReadStatementId(payload, out var id);
        var prepared = _prepared[id];
        if (!MySqlStmtExecute.TryParse(payload, Capabilities, prepared.ParameterCount, [], prepared.SentAhead, out var execute))
            throw new IOException("the proxy sends a malformed execution");

        LastSize = payload.Length;
        Array.Clear(prepared.SentAhead);

        Runs++;
        Hear($"Execute {prepared.Text}{(execute.Cursor == MySqlCursorKind.None ? "" : " with a cursor")}");
        if (_others.TryGetValue(prepared.Text, out var other))
        {
            other(output, ref sequence);
        }
        else if (execute.Cursor == MySqlCursorKind.None)
        {
            Result(output, ref sequence, _tables[prepared.Text], isBinary: true);
        }
        else
        {
            prepared.Table = _tables[prepared.Text];
            prepared.FetchedCount = 0;
            MySqlResultSetHeader.Write(output, ref sequence, prepared.Table.Columns.Length);
            prepared.Table.WriteColumns(output, ref sequence);
            End(output, ref sequence, Status | MySqlServerStatus.CursorExists);
        }
    }

    private void Fetch(Prepared prepared, int count, IBufferWriter<byte> output, ref byte sequence)
    {
        Hear(string.Create(CultureInfo.InvariantCulture, $"Fetch {count} of {prepared.Text}"));
        prepared.Table!.WriteRows(output, ref sequence, isBinary: true, prepared.FetchedCount, count);
        prepared.FetchedCount += count;
        var isLast = prepared.FetchedCount > prepared.Table.Rows.Length;
        End(output, ref sequence, Status | (isLast ? MySqlServerStatus.LastRowSent : MySqlServerStatus.CursorExists));
    }

    private void Hear(string command)
    {
        lock (_heard)
            _heard.Add(command);
    }

    private sealed record Prepared(string Text, int ParameterCount)
    {
        // The rows of a cursor are those of the moment when it was opened.
        public MySqlTable? Table { get; set; }

        public int FetchedCount { get; set; }

        public bool[] SentAhead { get; } = new bool[ParameterCount];
    }
}
