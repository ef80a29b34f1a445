using System.Buffers;
using System.IO.Pipelines;
using JitProxy.Server.Accept;
using JitProxy.Server.Forward;
using JitProxy.Server.Record;

namespace JitProxy.Server.Sessions.Postgres;

/// <summary>The two connections of a session and the turns that keep each from being written by both directions at once.</summary>
internal sealed class SessionLink(Connection client, Connection upstream, RunningSet running)
{
    private bool _redactsAtEnd;

    /// <summary>What the client sends.</summary>
    public PipeReader ClientInput { get; } = client.Input;

    /// <summary>What the client gets; write only while holding <see cref="ClientTurn"/>.</summary>
    public PipeWriter ClientOutput { get; } = client.Output;

    /// <summary>Held by whoever writes to the client.</summary>
    public Turn ClientTurn { get; } = new();

    /// <summary>What the upstream sends.</summary>
    public PipeReader UpstreamInput { get; } = upstream.Input;

    /// <summary>What the upstream gets; write only while holding <see cref="UpstreamTurn"/>.</summary>
    public PipeWriter UpstreamOutput { get; } = upstream.Output;

    /// <summary>Held by whoever writes to the upstream.</summary>
    public Turn UpstreamTurn { get; } = new();

    /// <summary>The answers owed and the transaction's state.</summary>
    public Conversation Conversation { get; } = new();

    /// <summary>The executions under way.</summary>
    public RunningSet Running { get; } = running;

    /// <summary>The client's connection: code that awaited something else goes back to its loop.</summary>
    public Connection Client => client;

    /// <summary>The upstream's connection.</summary>
    public Connection Upstream => upstream;

    /// <summary>True while the client has a message in part only: whatever came now would be taken for the rest of it.</summary>
    public bool IsMidMessage { get; set; }

    /// <summary>True while a transaction is open that changed rows beside masked ones: what the server says at its end may quote them.</summary>
    public bool RedactsAtEnd
    {
        get => Volatile.Read(ref _redactsAtEnd);
        set => Volatile.Write(ref _redactsAtEnd, value);
    }

    /// <summary>True while nothing of an execution that was cut off is passed on to the client.</summary>
    public bool IsMuted { get; set; }

    /// <summary>No transaction is open any more, and with it no portal.</summary>
    public void EndTransaction()
    {
        RedactsAtEnd = false;
        if (!Running.IsEmpty)
            Running.EndSuspended();
    }

    /// <summary>Writes the proxy's own answers that are due. The caller holds <see cref="ClientTurn"/>.</summary>
    /// <returns>True if anything was written.</returns>
    public bool WriteDueLocals()
    {
        var wrote = false;
        while (Conversation.TryPeek(out var pending) && pending.Expected == Expected.Local)
        {
            if (pending.Relay && !IsMuted)
                ClientOutput.Write((pending.Subject as byte[] ?? (pending.Subject as LocalClose)?.Answer ?? Refuser.ParseComplete).AsSpan());

            Conversation.Settle();
            wrote = true;
        }

        return wrote;
    }
}
