using System.Buffers;
using System.IO.Pipelines;
using JitProxy.Server.Accept;

namespace JitProxy.Server.Share;

/// <summary>One upstream connection that runs the statements of many sessions, in their order.</summary>
/// <remarks>
/// Everything happens on one loop thread: sessions submit there, and what they submitted in one turn of the loop leaves in one send. Only
/// plain success is handled here. Whatever else the server says, the run concerned is made again by its session on its own
/// connection, where errors, notices, cancellation and large results are at home; nothing of the first try has left.
/// </remarks>
internal abstract class LaneConnection
{
    /// <summary>Runs under way at most; each is a small request and at most <see cref="SharedRun.AnswerSizeMax"/> of answer.</summary>
    public const int InFlightMax = 64;

    /// <summary>Largest message that is waited for; the connection of a larger one is given up.</summary>
    protected const int MessageSizeMax = 1024 * 1024;

    private readonly Connection _upstream;
    private readonly Action _flush;
    private Action<LaneConnection> _gone = static _ => { };
    private bool _isFlushPosted;

    /// <summary>Takes over a connection that is signed in. Call <see cref="RunAsync"/> on its loop.</summary>
    protected LaneConnection(Connection upstream) => (_upstream, _flush) = (upstream, Flush);

    /// <summary>Runs under way.</summary>
    public abstract int Load { get; }

    /// <summary>True once it takes no more runs.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>How many runs it took so far: whoever looks twice sees whether it is in use.</summary>
    public long Runs { get; private set; }

    /// <summary>What goes to the server.</summary>
    protected PipeWriter Output => _upstream.Output;

    /// <summary>Hands out answers until the connection ends. Runs left then are made again elsewhere.</summary>
    /// <param name="gone">Told once it takes no more runs.</param>
    public async Task RunAsync(Action<LaneConnection> gone)
    {
        _gone = gone;
        await _upstream.EnterLoopAsync();
        try
        {
            var goesOn = true;
            while (goesOn)
            {
                var read = await _upstream.Input.ReadAsync();
                await _upstream.EnterLoopAsync();
                var unread = read.Buffer;
                goesOn = HandleAll(ref unread) && !read.IsCompleted;
                _upstream.Input.AdvanceTo(unread.Start, unread.End);
            }
        }
        catch (IOException)
        {
            // Lost: no session loses anything by it, since each goes on alone.
        }
        finally
        {
            // Whatever happened, a bug of ours included: nobody may be left waiting.
            await _upstream.EnterLoopAsync();
            Close();
            await _upstream.DisposeAsync();
        }
    }

    /// <summary>Ends it: on its loop.</summary>
    public void Close()
    {
        if (IsClosed)
            return;

        IsClosed = true;
        _gone(this);
        _upstream.Abort();
        SettleAll();
    }

    /// <summary>Handles what the server sent, as far as it is here; false ends the connection.</summary>
    protected abstract bool HandleAll(ref ReadOnlySequence<byte> unread);

    /// <summary>Has everybody who waits run alone.</summary>
    protected abstract void SettleAll();

    /// <summary>Something was written for a run.</summary>
    protected void Submitted()
    {
        Runs++;
        if (_isFlushPosted)
            return;

        // After the other events of this turn: what they bring leaves with this.
        _isFlushPosted = true;
        _upstream.PostToLoop(_flush);
    }

    private void Flush()
    {
        _isFlushPosted = false;
        if (IsClosed)
            return;

        // At most InFlightMax small requests: a server that takes none of them any more is one to leave.
        var flush = _upstream.Output.FlushAsync();
        if (!flush.IsCompletedSuccessfully)
            Close();
    }
}
