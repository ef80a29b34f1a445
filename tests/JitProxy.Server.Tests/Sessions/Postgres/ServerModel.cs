using System.Buffers;
using System.Text;
using JitProxy.Wire.Postgres;

namespace JitProxy.Server.Tests.Sessions.Postgres;

/// <summary>A server as PostgreSQL is one on the wire: names, transactions, and the silence between an error and the next Sync.</summary>
internal sealed class ServerModel
{
    private readonly Dictionary<string, string> _statements = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string Text, int Sent)> _portals = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ModelAnswer> _answers = new(StringComparer.Ordinal);
    private readonly ArrayBufferWriter<byte> _output = new();
    private bool _isSkipping;

    /// <summary>The transaction's state: I, T or E.</summary>
    public char Status { get; private set; } = 'I';

    /// <summary>Every text that the server was asked to parse.</summary>
    public HashSet<string> Texts { get; } = new(StringComparer.Ordinal);

    public int StatementCount => _statements.Count;

    public int PortalCount => _portals.Count;

    public ServerModel Knows(string text, ModelAnswer answer)
    {
        _answers[text] = answer;
        return this;
    }

    public byte[] Answer(byte[] frame)
    {
        _output.ResetWrittenCount();
        Take((PgClientTag)frame[0], frame.AsSpan(5));
        return _output.WrittenSpan.ToArray();
    }

    private void Take(PgClientTag tag, ReadOnlySpan<byte> body)
    {
        if (tag == PgClientTag.Sync)
        {
            _isSkipping = false;
            Ready();
            return;
        }

        if (_isSkipping || tag is PgClientTag.Flush or PgClientTag.Terminate)
            return;

        switch (tag)
        {
            case PgClientTag.Parse when PgParse.TryParse(body, out var parse):
                Parse(Frames.Text(parse.Name), Frames.Text(parse.Text));
                break;
            case PgClientTag.Bind when PgBind.TryParse(body, out var bind):
                Bind(Frames.Text(bind.Portal), Frames.Text(bind.Statement));
                break;
            case PgClientTag.Describe when PgDescribe.TryParse(body, out var describe):
                Describe(describe.Kind, Frames.Text(describe.Name));
                break;
            case PgClientTag.Execute when PgExecute.TryParse(body, out var execute):
                Execute(Frames.Text(execute.Portal), execute.RowsMax);
                break;
            case PgClientTag.Close when PgClose.TryParse(body, out var close):
                _ = close.Kind == PgObjectKind.Statement ? _statements.Remove(Frames.Text(close.Name)) : _portals.Remove(Frames.Text(close.Name));
                _output.Write(PgMessages.CloseComplete);
                break;
            case PgClientTag.Query:
                Texts.Add(Frames.Text(body[..^1]));
                Fail("42601");
                _isSkipping = false;
                Ready();
                break;
            default:
                Fail("08P01");
                break;
        }
    }

    private void Parse(string name, string text)
    {
        Texts.Add(text);
        if (name.Length == 0)
            _statements.Remove("");

        var answer = AnswerFor(text);
        if (answer is null)
            Fail("42601");
        else if (Status == 'E' && !answer.EndsTransaction)
            Fail("25P02");
        else if (answer.ParseError is { } error)
            Fail(error);
        else if (!_statements.TryAdd(name, text))
            Fail("42P05");
        else
            _output.Write(PgMessages.ParseComplete);
    }

    private void Bind(string portal, string statement)
    {
        if (!_statements.TryGetValue(statement, out var text))
        {
            Fail("26000");
            return;
        }

        var answer = AnswerFor(text)!;
        if (Status == 'E' && !answer.EndsTransaction)
            Fail("25P02");
        else if (portal.Length != 0 && _portals.ContainsKey(portal))
            Fail("42P03");
        else if (answer.BindError is { } error)
            Fail(error);
        else
        {
            _portals[portal] = (text, 0);
            _output.Write(PgMessages.BindComplete);
        }
    }

    private void Describe(PgObjectKind kind, string name)
    {
        var text = kind == PgObjectKind.Statement ? _statements.GetValueOrDefault(name) : _portals.GetValueOrDefault(name).Text;
        if (text is null)
        {
            Fail(kind == PgObjectKind.Statement ? "26000" : "34000");
            return;
        }

        if (kind == PgObjectKind.Statement)
            PgParameterDescription.Write(_output, default);

        var answer = AnswerFor(text)!;
        if (answer.Columns.Length == 0)
            _output.Write(PgMessages.NoData);
        else
            PgRowDescription.Write(_output, answer.Columns);
    }

    private void Execute(string name, int rowsMax)
    {
        if (!_portals.TryGetValue(name, out var portal))
        {
            Fail("34000");
            return;
        }

        var answer = AnswerFor(portal.Text)!;
        if (Status == 'E' && !answer.EndsTransaction)
        {
            Fail("25P02");
            return;
        }

        foreach (var frame in answer.Before)
            _output.Write(frame);

        var until = rowsMax <= 0 ? answer.Rows.Length : Math.Min(answer.Rows.Length, portal.Sent + rowsMax);
        for (var i = portal.Sent; i < until; i++)
            PgDataRow.Write(_output, answer.Rows[i]);

        if (answer.Error is { } error)
        {
            Fail(error);
            return;
        }

        var sent = until - portal.Sent;
        _portals[name] = (portal.Text, until);
        if (rowsMax > 0 && sent == rowsMax)
            _output.Write(PgMessages.PortalSuspended);
        else if (portal.Text.Length == 0)
            _output.Write(PgMessages.EmptyQueryResponse);
        else
            PgCommandComplete.Write(_output, Encoding.ASCII.GetBytes(answer.Tag ?? $"SELECT {sent}"));

        Status = answer.StatusAfter ?? Status;
        if (answer.ForgetsAll)
            _statements.Clear();
    }

    private void Ready()
    {
        if (Status == 'I')
            _portals.Clear();

        PgReadyForQuery.Write(_output, (PgTransactionStatus)(byte)Status);
    }

    private void Fail(string sqlState)
    {
        PgErrorResponse.Write(_output, new("ERROR", sqlState, "value 078-05-1120 of the server's"));
        _isSkipping = true;
        if (Status == 'T')
            Status = 'E';
    }

    private ModelAnswer? AnswerFor(string text) => _answers.GetValueOrDefault(text) ?? text.ToUpperInvariant() switch
    {
        "" => new ModelAnswer(),
        "BEGIN" => new ModelAnswer { Tag = "BEGIN", StatusAfter = 'T' },
        "COMMIT" or "ROLLBACK" => new ModelAnswer { Tag = "ROLLBACK", StatusAfter = 'I', EndsTransaction = true },
        "ROLLBACK TO S" => new ModelAnswer { Tag = "ROLLBACK", StatusAfter = 'T', EndsTransaction = true },
        "SAVEPOINT S" => new ModelAnswer { Tag = "SAVEPOINT" },
        "DISCARD ALL" or "DEALLOCATE ALL" => new ModelAnswer { Tag = "DISCARD ALL", ForgetsAll = true },
        "SELECT 1" => ModelAnswer.Table("?column?:23", "1"),
        _ => null,
    };
}
