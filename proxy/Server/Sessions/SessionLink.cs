using System.Buffers;
using System.IO.Pipelines;
using JitProxy.Server.Accept;
using JitProxy.Server.Forward;
using JitProxy.Server.Record;

namespace JitProxy.Server.Sessions;

/// <summary>The two connections of a session and the turns that keep each from being written by both directions at once.</summary>
internal sealed class SessionLink(Connection client, Connection upstream) : IDisposable
{
    /// <summary>What the client sends.</summary>
    public PipeReader ClientInput { get; } = client.Input;

    /// <summary>What the client gets; write only while holding <see cref="ClientTurn"/>.</summary>
    public PipeWriter ClientOutput { get; } = client.Output;

    /// <summary>Held by whoever writes to the client.</summary>
    public SemaphoreSlim ClientTurn { get; } = new(1, 1);

    /// <summary>What the upstream sends.</summary>
    public PipeReader UpstreamInput { get; } = upstream.Input;

    /// <summary>What the upstream gets; write only while holding <see cref="UpstreamTurn"/>.</summary>
    public PipeWriter UpstreamOutput { get; } = upstream.Output;

    /// <summary>Held by whoever writes to the upstream.</summary>
    public SemaphoreSlim UpstreamTurn { get; } = new(1, 1);

    /// <summary>The answers owed and the transaction's state.</summary>
    public Conversation Conversation { get; } = new();

    /// <summary>The executions under way.</summary>
    public RunningSet Running { get; } = new();

    /// <summary>The client's connection: code that awaited something else goes back to its loop.</summary>
    public Connection Client => client;

    /// <summary>The upstream's connection.</summary>
    public Connection Upstream => upstream;

    /// <summary>True while the client has a message in part only: whatever came now would be taken for the rest of it.</summary>
    public bool IsMidMessage { get; set; }

    /// <summary>True while nothing of an execution that was cut off is passed on to the client.</summary>
    public bool IsMuted { get; set; }

    /// <summary>The next bytes of the client's.</summary>
    /// <exception cref="PeerLostException">The client is lost.</exception>
    public async ValueTask<ReadResult> ReadClientAsync()
    {
        try
        {
            return await ClientInput.ReadAsync(CancellationToken.None);
        }
        catch (IOException e)
        {
            throw new PeerLostException(SessionEnd.ClientLost, e);
        }
    }

    /// <summary>The next bytes of the upstream's.</summary>
    /// <exception cref="PeerLostException">The upstream is lost.</exception>
    public async ValueTask<ReadResult> ReadUpstreamAsync()
    {
        try
        {
            return await UpstreamInput.ReadAsync(CancellationToken.None);
        }
        catch (IOException e)
        {
            throw new PeerLostException(SessionEnd.UpstreamLost, e);
        }
    }

    /// <summary>Writes the proxy's own answers that are due. The caller holds <see cref="ClientTurn"/>.</summary>
    /// <returns>True if anything was written.</returns>
    public bool WriteDueLocals()
    {
        var wrote = false;
        while (Conversation.TryPeek(out var pending) && pending.Expected == Expected.Local)
        {
            if (pending.Relay && !IsMuted)
                ClientOutput.Write(((byte[])pending.Subject!).AsSpan());

            Conversation.Settle();
            wrote = true;
        }

        return wrote;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ClientTurn.Dispose();
        UpstreamTurn.Dispose();
    }
}
