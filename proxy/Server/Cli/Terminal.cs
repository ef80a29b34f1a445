// Everything that commands print goes through here: tables and facts for people, JSON for scripts.
using System.Text.Json;
using JitProxy.Server.Admin.Contract;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace JitProxy.Server.Cli;

/// <summary>One command's output.</summary>
internal sealed class Terminal
{
    // No line of ours is that long; without a terminal nothing may be wrapped or cut.
    private const int Unbounded = 1_000_000_000;

    private readonly CliEnvironment _environment;
    private readonly IAnsiConsole _out;

    /// <summary>Prints for this environment.</summary>
    /// <param name="environment">Where to.</param>
    /// <param name="isJson">Whether `--json` was given.</param>
    public Terminal(CliEnvironment environment, bool isJson)
    {
        (_environment, IsJson) = (environment, isJson);
        _out = Make(environment.Out, environment.IsOutTerminal);
        Faults = Make(environment.Error, environment.IsErrorTerminal);
    }

    /// <summary>Whether `--json` was given.</summary>
    public bool IsJson { get; }

    /// <summary>Standard error, for faults and progress.</summary>
    public IAnsiConsole Faults { get; }

    /// <summary>Whether progress can be shown.</summary>
    public bool ShowsProgress => _environment.IsErrorTerminal && !IsJson;

    /// <summary>One JSON value.</summary>
    public void Json<T>(T value) => _environment.Out.WriteLine(JsonSerializer.Serialize(value, AdminJson.Indented));

    /// <summary>One JSON value on one line.</summary>
    public void JsonLine<T>(T value) => _environment.Out.WriteLine(JsonSerializer.Serialize(value, AdminJson.Compact));

    /// <summary>A line of text.</summary>
    public void Line(string text) => _environment.Out.WriteLine(text);

    /// <summary>A line on standard error, for what is not the result.</summary>
    public void Note(string text) => _environment.Error.WriteLine(text);

    /// <summary>Rows under headings. Values are shown on one line each.</summary>
    public void Table(IReadOnlyList<string> headings, IEnumerable<IReadOnlyList<string>> rows)
    {
        var table = new Table { Border = TableBorder.None, ShowHeaders = true };
        foreach (var heading in headings)
        {
            var text = new Text(heading, new Style(decoration: Decoration.Bold));
            table.AddColumn(new TableColumn(text) { Padding = new(0, 0, 2, 0), NoWrap = !_environment.IsOutTerminal });
        }

        foreach (var row in rows)
            table.AddRow(row.Select(static value => new Text(PlainText.OneLine(value))));

        Write(table);
    }

    /// <summary>Names with values; those without a value are left out.</summary>
    public void Facts(params IEnumerable<(string Name, string? Value)> facts)
    {
        var grid = new Grid();
        grid.AddColumn(new GridColumn { NoWrap = true, Padding = new(0, 0, 2, 0) });
        grid.AddColumn(new GridColumn { NoWrap = !_environment.IsOutTerminal, Padding = new(0, 0, 0, 0) });
        foreach (var (name, value) in facts)
        {
            if (!string.IsNullOrEmpty(value))
                grid.AddRow(new Text(name, new Style(decoration: Decoration.Bold)), new Text(value));
        }

        Write(grid);
    }

    /// <summary>A fault: what happened, where and why, what to do next.</summary>
    public void Fault(string message, string? detail = null, string? hint = null)
    {
        Faults.Write(new Text("jitproxy: ", new Style(Color.Red)));
        _environment.Error.WriteLine(PlainText.OneLine(message));
        foreach (var line in new[] { detail, hint }.OfType<string>().SelectMany(static text => text.Split('\n')))
            _environment.Error.WriteLine($"  {PlainText.OneLine(line)}");
    }

    // A table pads its last column; in a file or a pipe those blanks are noise.
    private void Write(IRenderable content)
    {
        if (_environment.IsOutTerminal)
        {
            _out.Write(content);
            return;
        }

        using var buffer = new StringWriter();
        Make(buffer, isTerminal: false).Write(content);
        foreach (var line in buffer.ToString().TrimEnd('\n').Split('\n'))
            _environment.Out.WriteLine(line.TrimEnd());
    }

    private IAnsiConsole Make(TextWriter writer, bool isTerminal)
    {
        var isPlain = !isTerminal || !string.IsNullOrEmpty(_environment.Variable("NO_COLOR"));
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = isTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = isPlain ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Interactive = isTerminal ? InteractionSupport.Yes : InteractionSupport.No,
            Out = new AnsiConsoleOutput(writer),
        });
        if (!isTerminal)
            console.Profile.Width = Unbounded;

        return console;
    }
}
