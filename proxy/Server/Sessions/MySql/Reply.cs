using System.Buffers;
using JitProxy.Policy.Grants;
using JitProxy.Server.Decide;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Sessions.MySql;

/// <summary>Answers of the proxy's own, in the order in which the client's commands came. The caller holds the floor.</summary>
internal sealed class Reply(Link link)
{
    /// <summary>True once the client was told why its session ends.</summary>
    public bool SaidLast { get; set; }

    /// <summary>What the client was refused last; null if nothing was.</summary>
    public Refusal? LastRefusal { get; private set; }

    /// <summary>Done.</summary>
    /// <param name="changes">What changed in the session, for a client that is told.</param>
    public Handled Ok(ReadOnlySpan<byte> changes = default)
    {
        MySqlOk.Write(link.ClientOutput, ref link.Sequence, link.ClientCan, link.Status, changes: changes);
        return Handled.Answered;
    }

    /// <summary>Done, and the default database is another one now.</summary>
    public Handled OkInDatabase(ReadOnlySpan<byte> database)
    {
        var changes = new ArrayBufferWriter<byte>();
        MySqlSessionChange.Write(changes, MySqlSessionChangeKind.Schema, database);
        return Ok(changes.WrittenSpan);
    }

    /// <summary>The end of a result of our own.</summary>
    public Handled End()
    {
        WriteEnd(link.Status, 0);
        return Handled.Answered;
    }

    /// <summary>Ends a result in the form that the client knows.</summary>
    public void WriteEnd(MySqlServerStatus status, ushort warnings)
    {
        if (link.ClientEndsWithOk)
            MySqlOk.Write(link.ClientOutput, ref link.Sequence, link.ClientCan, status, warnings: warnings, isEnd: true);
        else
            MySqlEof.Write(link.ClientOutput, ref link.Sequence, status, warnings);
    }

    /// <summary>Ends definitions, for a client that expects it.</summary>
    public void WriteDefinitionsEnd(MySqlServerStatus status, ushort warnings)
    {
        if (!link.ClientEndsWithOk)
            MySqlEof.Write(link.ClientOutput, ref link.Sequence, status, warnings);
    }

    /// <summary>Refused.</summary>
    public Handled Refuse(Refusal refusal)
    {
        LastRefusal = refusal;
        MySqlRefusal.Write(link.ClientOutput, ref link.Sequence, refusal);
        return Handled.Answered;
    }

    /// <summary>Refused for a reason that is no matter of policy.</summary>
    public Handled Refuse(string sqlState, string message) => Refuse(new Refusal(DenyReason.Unspecified, sqlState, message, null, null));

    /// <summary>Refused, and the session ends with it.</summary>
    public void RefuseLast(string sqlState, string message)
    {
        Refuse(sqlState, message);
        SaidLast = true;
    }

    /// <summary>A packet that is nothing but a text: the answer to COM_STATISTICS.</summary>
    public void WriteText(ReadOnlySpan<byte> text)
    {
        var packet = link.ClientOutput.GetSpan(MySqlPacketHeader.Size + text.Length);
        MySqlPacketHeader.Write(packet, text.Length, link.Sequence);
        text.CopyTo(packet[MySqlPacketHeader.Size..]);
        link.Sequence = MySqlPacketHeader.Next(link.Sequence);
        link.ClientOutput.Advance(MySqlPacketHeader.Size + text.Length);
    }

    /// <summary>An error that only MySQL has.</summary>
    public Handled Error(ushort code, string sqlState, string message)
    {
        MySqlError.Write(link.ClientOutput, ref link.Sequence, code, sqlState, message);
        return Handled.Answered;
    }
}
