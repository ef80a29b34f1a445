using System.CommandLine;
using System.Globalization;
using JitProxy.Server.Admin.Contract;
using JitProxy.Server.Configuration;

namespace JitProxy.Server.Cli;

/// <summary>What `audit` can be asked by: a word for each field of a record.</summary>
internal sealed class AuditFilterOptions
{
    private static readonly string[] Texts =
    [
        "user", "actor", "client", "server", "database", "decision", "outcome", "text", "digest", "error", "detail", "parameter", "masked", "is_masked",
        "rows_min", "rows_max", "bytes_min", "bytes_max", "duration_min", "duration_max",
    ];
    private static readonly string[] Numbers = ["seq", "after", "before", "grant", "execution"];

    private readonly List<(string Name, Option<string?> Option)> _texts = [.. Texts.Select(static name => (name, TextOption(name)))];
    private readonly List<(string Name, Option<long> Option)> _numbers = [.. Numbers.Select(static name => (name, NumberOption(name)))];
    private readonly Option<string?> _since = CommandMaker.Text("--since", "From this time on (RFC 3339), or this long ago (4h)", "TIME");
    private readonly Option<string?> _until = CommandMaker.Text("--until", "Before this time, or this long ago", "TIME");
    private readonly Option<bool> _newest = new("--newest") { Description = "Newest first" };
    private readonly Option<long> _limit = CommandMaker.Number("--limit", "At most so many records", "N");

    /// <summary>All options.</summary>
    public IEnumerable<Option> All =>
        [.. _texts.Select(static pair => (Option)pair.Option), .. _numbers.Select(static pair => pair.Option), _since, _until, _newest, _limit];

    /// <summary>The query's parts.</summary>
    public IEnumerable<(string Name, string? Value)> Values(CliContext context) =>
    [
        .. _texts.Select(pair => (pair.Name, context.Parse.GetValue(pair.Option))),
        .. _numbers.Select(pair => (pair.Name, context.Parse.GetResult(pair.Option) is { Implicit: false }
            ? context.Parse.GetValue(pair.Option).ToString(CultureInfo.InvariantCulture)
            : null)),
        ("since", Time(context, _since)),
        ("until", Time(context, _until)),
        ("order", context.Parse.GetValue(_newest) ? "newest" : null),
    ];

    /// <summary>How many records at most; null for all.</summary>
    public int? Limit(CliContext context) => context.Parse.GetValue(_limit) is > 0 and var limit ? (int)Math.Min(limit, int.MaxValue) : null;

    private static Option<string?> TextOption(string name) => CommandMaker.Text(Written(name), $"Only with this: {name}", name switch
    {
        "database" => "SERVER/DATABASE",
        "decision" => "EVENT",
        _ => name.ToUpperInvariant(),
    });

    private static Option<long> NumberOption(string name) => CommandMaker.Number(Written(name), $"Only with this: {name.Replace('_', ' ')}", "N");

    private static string Written(string name) => "--" + name.Replace('_', '-');

    private static string? Time(CliContext context, Option<string?> option)
    {
        if (context.Parse.GetValue(option) is not { } text)
            return null;

        if (Units.TryParseDuration(text, out var ago))
            return AdminJson.Format(context.Environment.Clock.GetUtcNow() - ago);

        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, Utc, out var time)
            ? AdminJson.Format(time)
            : throw CliContext.Usage($"\"{text}\" is not a time", $"{option.Name} takes 2026-05-01T08:00:00Z, or 4h for four hours ago.");
    }
}
