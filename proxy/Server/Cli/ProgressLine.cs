using Spectre.Console;

namespace JitProxy.Server.Cli;

/// <summary>Shows that something goes on, on standard error and only to a person.</summary>
internal static class ProgressLine
{
    /// <summary>Runs the work. It reports its words and, where known, the part done (0 to 1).</summary>
    /// <param name="terminal">Where it is shown.</param>
    /// <param name="words">What goes on.</param>
    /// <param name="work">The work.</param>
    /// <param name="isAlone">False if the result goes to the terminal, too: a line in the middle of it would help nobody.</param>
    public static Task ShowAsync(Terminal terminal, string words, Func<IProgress<(string Words, double? Part)>, Task> work, bool isAlone = true)
    {
        if (!terminal.ShowsProgress || !isAlone)
            return work(new Silent());

        return terminal.Faults.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new SpinnerColumn(), new ElapsedTimeColumn())
            .StartAsync(async context => await work(new Bar(context.AddTask(Markup.Escape(words), maxValue: 1))));
    }

    private sealed class Silent : IProgress<(string Words, double? Part)>
    {
        public void Report((string Words, double? Part) value)
        {
            // Nobody watches.
        }
    }

    private sealed class Bar(ProgressTask task) : IProgress<(string Words, double? Part)>
    {
        public void Report((string Words, double? Part) value)
        {
            task.Description = Markup.Escape(value.Words);
            task.IsIndeterminate = value.Part is null;
            task.Value = value.Part ?? 0;
        }
    }
}
