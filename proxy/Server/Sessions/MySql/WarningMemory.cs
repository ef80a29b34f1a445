using JitProxy.Server.Capture;

namespace JitProxy.Server.Sessions.MySql;

/// <summary>Whether the messages that the server keeps of earlier statements (SHOW WARNINGS) may hold values that are masked.</summary>
internal sealed class WarningMemory
{
    private bool _isReminding;

    /// <summary>True while they may: SHOW WARNINGS is then answered without them.</summary>
    public bool IsWithheld { get; private set; }

    /// <summary>The number of the error among them that the client was told of; 0 for none.</summary>
    public ushort Code { get; private set; }

    /// <summary>What the client was told instead of its text.</summary>
    public string Text { get; private set; } = "";

    /// <summary>What the proxy has to say beside the server's messages; null for nothing.</summary>
    public string? Reminder { get; private set; }

    /// <summary>True if SHOW WARNINGS is answered here: the server's messages are withheld, or it has none beside the proxy's own.</summary>
    public bool IsAnsweredHere => IsWithheld || _isReminding;

    /// <summary>A statement goes upstream.</summary>
    /// <param name="run">The statement.</param>
    /// <param name="reminder">What the client is to be told with it; null for nothing new.</param>
    public void Begin(MySqlRun run, string? reminder)
    {
        Reminder = reminder ?? (_isReminding ? null : Reminder);
        _isReminding = false;
        if (run.Ruling.Analyzed is not { } analyzed)
            return;

        // The server drops older messages with the next statement that uses a table, and not before.
        if (analyzed.TouchesMasked)
            (IsWithheld, Code, Text) = (true, 0, "");
        else if (analyzed.Analysis.Relations.Length > 0)
            (IsWithheld, Code, Text) = (false, 0, "");
    }

    /// <summary>How many messages the client is told of where the server has this many. The proxy's own waits for a statement that has none beside.</summary>
    public ushort Count(ushort warnings)
    {
        if (Reminder is null || (warnings > 0 && !IsWithheld))
            return warnings;

        _isReminding = true;
        return (ushort)Math.Min(warnings + 1, ushort.MaxValue);
    }

    /// <summary>A statement read something else than was thought.</summary>
    public void Withhold() => (IsWithheld, Code, Text) = (true, 0, "");

    /// <summary>It ended with an error, of which the client was told the number.</summary>
    public void Note(ushort code, string text) => (IsWithheld, Code, Text) = (true, code, text);

    /// <summary>The session is as new.</summary>
    public void Forget() => (IsWithheld, _isReminding, Code, Text) = (false, false, 0, "");
}
