using System.Diagnostics;

namespace JitProxy.Conformance.Tests.Support;

/// <summary>A program that ran to its end.</summary>
internal sealed record ProcessRun(int ExitCode, string Output, string Error)
{
    /// <summary>Everything that it wrote.</summary>
    public string Text => Output + Error;

    /// <summary>Runs a program without a terminal; one that does not end in time is killed, and that is an error.</summary>
    public static async Task<ProcessRun> RunAsync(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string input = "", string? folder = null)
    {
        using var process = Start(program, arguments, environment, folder);
        using var slow = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(slow.Token);
        var error = process.StandardError.ReadToEndAsync(slow.Token);
        try
        {
            await process.WaitForExitAsync(slow.Token);
            return new(process.ExitCode, await output, await error);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    /// <summary>Starts a program with all its streams redirected.</summary>
    public static Process Start(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? folder = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? "/",
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;

        return Process.Start(start)!;
    }
}
