using JitProxy.Server.Capture;

namespace JitProxy.Server.Sessions.MySql;

/// <summary>Whether the messages that the server keeps of earlier statements (SHOW WARNINGS) may hold values that are masked.</summary>
internal sealed class WarningMemory
{
    /// <summary>True while they may: SHOW WARNINGS is then answered without them.</summary>
    public bool IsWithheld { get; private set; }

    /// <summary>The number of the error among them that the client was told of; 0 for none.</summary>
    public ushort Code { get; private set; }

    /// <summary>What the client was told instead of its text.</summary>
    public string Text { get; private set; } = "";

    /// <summary>A statement goes upstream.</summary>
    public void Begin(MySqlRun run)
    {
        if (run.Ruling.Analyzed is not { } analyzed)
            return;

        // The server drops older messages with the next statement that uses a table, and not before.
        if (analyzed.TouchesMasked)
            (IsWithheld, Code, Text) = (true, 0, "");
        else if (analyzed.Analysis.Relations.Length > 0)
            Forget();
    }

    /// <summary>A statement read something else than was thought.</summary>
    public void Withhold() => (IsWithheld, Code, Text) = (true, 0, "");

    /// <summary>It ended with an error, of which the client was told the number.</summary>
    public void Note(ushort code, string text) => (IsWithheld, Code, Text) = (true, code, text);

    /// <summary>The session is as new.</summary>
    public void Forget() => (IsWithheld, Code, Text) = (false, 0, "");
}
