using System.Text;
using JitProxy.Server.Capture;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Sessions.MySql;

/// <summary>Commands to the server: the client's, whose answer is the client's, and the proxy's own. The caller holds the floor.</summary>
/// <remarks>A client's command is written here and sent by whoever holds the floor; one of the proxy's own is sent at once.</remarks>
internal sealed class Upstream(Link link)
{
    /// <summary>Passes a command of one byte on.</summary>
    public Handled Forward(MySqlCommand command) => Forwarded(AnswerKind.Plain, Write(command));

    /// <summary>Passes a statement on.</summary>
    public Handled ForwardQuery(ReadOnlySpan<byte> text, MySqlRun run) => Forwarded(AnswerKind.TextResult, WriteQuery(text), run);

    /// <summary>Passes the preparation of a statement on.</summary>
    public Handled ForwardPrepare(MySqlStatement statement) =>
        Forwarded(AnswerKind.Prepared, Write(MySqlCommand.StmtPrepare, statement.Ruling.Text), statement: statement);

    /// <summary>Passes a command about a prepared statement on.</summary>
    public Handled Forward(MySqlCommand command, MySqlStatement statement, AnswerKind kind, MySqlRun? run = null, uint rowCount = 0) =>
        Forwarded(kind, Write(command, statement, rowCount), run);

    /// <summary>A command of the client was written.</summary>
    /// <param name="kind">What the answer may be.</param>
    /// <param name="sequence">The number that its first packet must have.</param>
    /// <param name="run">What rows belong to.</param>
    /// <param name="statement">The statement that is being prepared.</param>
    public Handled Forwarded(AnswerKind kind, byte sequence, MySqlRun? run = null, MySqlStatement? statement = null)
    {
        link.Exchange.Open(kind, sequence, link.Canceller.Count, run, statement);
        return Handled.Forwarded;
    }

    /// <summary>Writes a command that has no answer.</summary>
    public void Tell(MySqlCommand command, MySqlStatement statement) => Write(command, statement, 0);

    /// <summary>The client leaves.</summary>
    public void TellQuit() => Write(MySqlCommand.Quit);

    /// <summary>Writes a statement; gives the number of the packet that answers it.</summary>
    public byte WriteQuery(ReadOnlySpan<byte> text)
    {
        byte sequence = 0;
        MySqlQuery.Write(link.UpstreamOutput, ref sequence, link.UpstreamCan, text);
        return sequence;
    }

    /// <summary>Sends a statement that has no rows.</summary>
    /// <exception cref="OperationCanceledException">The session is over.</exception>
    public ValueTask<InternalAnswer> AskAsync(string text) => AskWrittenAsync(AnswerKind.Plain, WriteQuery(Encoding.ASCII.GetBytes(text)));

    /// <summary>Sends a command of one byte.</summary>
    /// <exception cref="OperationCanceledException">The session is over.</exception>
    public ValueTask<InternalAnswer> AskAsync(MySqlCommand command) => AskWrittenAsync(AnswerKind.Plain, Write(command));

    /// <summary>Makes a database the default one.</summary>
    /// <exception cref="OperationCanceledException">The session is over.</exception>
    public ValueTask<InternalAnswer> AskForDatabaseAsync(ReadOnlySpan<byte> name) => AskWrittenAsync(AnswerKind.Plain, Write(MySqlCommand.InitDb, name));

    /// <summary>Prepares a statement whose client does not hear of it.</summary>
    /// <exception cref="OperationCanceledException">The session is over.</exception>
    public ValueTask<InternalAnswer> AskToPrepareAsync(MySqlStatement statement) =>
        AskWrittenAsync(AnswerKind.Prepared, Write(MySqlCommand.StmtPrepare, statement.Ruling.Text), statement);

    /// <summary>Sends a command that was written, and waits for its answer.</summary>
    /// <exception cref="OperationCanceledException">The session is over.</exception>
    public async ValueTask<InternalAnswer> AskWrittenAsync(AnswerKind kind, byte sequence, MySqlStatement? statement = null)
    {
        var answer = link.Exchange.OpenInternal(kind, sequence, link.Canceller.Count, statement);
        try
        {
            await link.UpstreamOutput.FlushAsync(CancellationToken.None);
        }
        catch (IOException e)
        {
            throw new PeerLostException(SessionEnd.UpstreamLost, e);
        }

        return await answer;
    }

    private byte Write(MySqlCommand command)
    {
        byte sequence = 0;
        MySqlPlainCommand.Write(link.UpstreamOutput, ref sequence, command);
        return sequence;
    }

    private byte Write(MySqlCommand command, ReadOnlySpan<byte> text)
    {
        byte sequence = 0;
        MySqlTextCommand.Write(link.UpstreamOutput, ref sequence, command, text);
        return sequence;
    }

    private byte Write(MySqlCommand command, MySqlStatement statement, uint rowCount)
    {
        byte sequence = 0;
        MySqlStmtCommand.Write(link.UpstreamOutput, ref sequence, command, statement.UpstreamId, rowCount);
        return sequence;
    }
}
