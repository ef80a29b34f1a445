using JitProxy.Server.Accept;

namespace JitProxy.Server.Tests.Sessions.Postgres;

/// <summary>The upstream's end of a session: played by a model, or message by message by a test.</summary>
internal sealed class SessionUpstream(Connection connection)
{
    private readonly List<string> _heard = [];
    private Task _playing = Task.CompletedTask;

    public Connection Connection => connection;

    /// <summary>Everything that came, in words.</summary>
    public string Heard
    {
        get
        {
            lock (_heard)
                return string.Join(' ', _heard);
        }
    }

    /// <summary>The message that the model answered last, in words.</summary>
    public string LastAnswered { get; private set; } = "";

    /// <summary>The next message, in words.</summary>
    public async Task<string> HearOneAsync() => await Frames.ReadAsync(connection) is { } frame ? Note(frame) : "closed";

    /// <summary>The messages up to one that begins like this.</summary>
    public async Task<string> HearAsync(string last)
    {
        var heard = new List<string>();
        do
        {
            heard.Add(await HearOneAsync());
        }
        while (!heard[^1].StartsWith(last, StringComparison.Ordinal) && heard[^1] != "closed");

        return string.Join(' ', heard);
    }

    public Task SayAsync(params byte[][] frames) => Frames.SendAsync(connection.Output, [.. frames.SelectMany(f => f)]);

    /// <summary>Forgets what came.</summary>
    public void Forget()
    {
        lock (_heard)
            _heard.Clear();

        LastAnswered = "";
    }

    public void Play(ServerModel model) => Play(model.Answer);

    /// <summary>Answers each message as the function says.</summary>
    public void Play(Func<byte[], byte[]> answer) => _playing = Task.Run(async () =>
    {
        while (await Frames.ReadAsync(connection) is { } frame)
        {
            var word = Note(frame);
            var answers = answer(frame);
            if (answers.Length != 0)
                await Frames.SendAsync(connection.Output, answers);

            LastAnswered = word;
        }
    });

    /// <summary>Waits for the model to end; a fault of its own is the test's.</summary>
    public async Task StoppedAsync()
    {
        try
        {
            await _playing.WaitAsync(Frames.Soon);
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or OperationCanceledException)
        {
            // The session was ended under it.
        }
    }

    private string Note(byte[] frame)
    {
        var word = Frames.OfClient(frame);
        lock (_heard)
            _heard.Add(word);

        return word;
    }
}
