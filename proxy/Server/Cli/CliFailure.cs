namespace JitProxy.Server.Cli;

/// <summary>Ends a command: what happened, where and why, what to do next.</summary>
internal sealed class CliFailure(string message, string? detail = null, string? hint = null, int exitCode = ExitCode.Failed) : Exception(message)
{
    /// <summary>Where and why.</summary>
    public string? Detail => detail;

    /// <summary>What to do next.</summary>
    public string? Hint => hint;

    /// <summary>What the process answers.</summary>
    public int ExitCode => exitCode;
}

/// <summary>What the process answers.</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>Refused or failed.</summary>
    public const int Failed = 1;

    /// <summary>Wrong usage.</summary>
    public const int Usage = 2;
}
