namespace JitProxy.Server.Cli;

/// <summary>What a command sees of the world; tests bring their own.</summary>
internal sealed record CliEnvironment
{
    /// <summary>Standard input.</summary>
    public required TextReader In { get; init; }

    /// <summary>Standard output: results only.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>Standard output for files, which are no text.</summary>
    public Func<Stream> OpenOut { get; init; } = System.Console.OpenStandardOutput;

    /// <summary>Standard error: faults, hints and progress.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Whether a person types the input.</summary>
    public bool IsInTerminal { get; init; }

    /// <summary>Whether a person reads the output.</summary>
    public bool IsOutTerminal { get; init; }

    /// <summary>Whether a person reads the errors.</summary>
    public bool IsErrorTerminal { get; init; }

    /// <summary>Gives an environment variable, or null.</summary>
    public Func<string, string?> Variable { get; init; } = static _ => null;

    /// <summary>Tells the time.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Reads one key without showing it; for passwords.</summary>
    public Func<ConsoleKeyInfo> ReadKey { get; init; } = static () => System.Console.ReadKey(intercept: true);

    /// <summary>The process's own.</summary>
    public static CliEnvironment OfProcess() => new()
    {
        In = System.Console.In,
        Out = System.Console.Out,
        Error = System.Console.Error,
        IsInTerminal = !System.Console.IsInputRedirected,
        IsOutTerminal = !System.Console.IsOutputRedirected,
        IsErrorTerminal = !System.Console.IsErrorRedirected,
        Variable = Environment.GetEnvironmentVariable,
    };
}
