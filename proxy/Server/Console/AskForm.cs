using System.Collections.Immutable;
using System.Globalization;
using JitProxy.Policy.Grants;
using JitProxy.Server.Admin.Contract;
using JitProxy.Server.Configuration;

namespace JitProxy.Server.Console;

/// <summary>What is in the form for a request, whether it was filled in by its user, from a refusal, or from an earlier grant.</summary>
/// <param name="Body">The request, but for the fields below.</param>
internal sealed record AskForm(RequestBody Body)
{
    /// <summary>Whether it is the form for a role.</summary>
    public bool IsForRole { get; init; }

    /// <summary>How often, as written.</summary>
    public string? Executions { get; init; }

    /// <summary>Networks, as written.</summary>
    public string? From { get; init; }

    /// <summary>Rules for parameters, one a line, as written.</summary>
    public string? Parameters { get; init; }

    /// <summary>The refusal that it comes from.</summary>
    public long? Denied { get; init; }

    /// <summary>Databases ticked or written, as <c>server/database</c>.</summary>
    public ImmutableArray<string> Databases => Body.Databases ?? [];

    /// <summary>What an address asks for: <c>?denied=81</c>, <c>?like=12</c>, or nothing in particular.</summary>
    public static AskForm FromAddress(Visit visit)
    {
        var empty = new AskForm(new RequestBody()) { IsForRole = visit.Asked("kind") == "role" };
        if (NumberOf(visit.Asked("denied")) is { } denied && visit.Services.Acts.FindDenied(denied, visit.Caller) is { } record)
        {
            var body = new RequestBody
            {
                Statement = record.IsStatementRedacted ? null : record.Statement,
                Databases = record.Database is { } on ? [on] : [],
            };
            return empty with { Body = body, Denied = record is { IsStatementCut: false, IsStatementRedacted: false } ? denied : null };
        }

        return NumberOf(visit.Asked("like")) is { } like && visit.Services.Acts.Find(like, visit.Caller) is { } grant ? Like(grant) : empty;
    }

    /// <summary>What was filled in.</summary>
    public static AskForm FromForm(Visit visit)
    {
        var other = ListOf(visit.Field("other"), ',', ' ', '\n') ?? [];
        var body = new RequestBody
        {
            Databases = [.. visit.Form["database"].OfType<string>().Where(static d => d.Length > 0).Concat(other).Distinct(StringComparer.Ordinal)],
            Statement = visit.Field("statement"),
            Role = visit.Field("role"),
            Unmask = visit.IsTicked("unmask"),
            Export = visit.IsTicked("export"),
            Expires = visit.Field("expires")?.Trim(),
            BreakGlass = visit.IsTicked("break_glass"),
            Reason = visit.Field("reason"),
        };
        var form = new AskForm(body)
        {
            IsForRole = visit.Field("kind") == "role",
            Executions = visit.Field("executions")?.Trim(),
            From = visit.Field("from"),
            Parameters = visit.Field("parameters"),
        };

        // A refusal stands for its exact text, as long as nobody edits that; browsers change the ends of lines on the way.
        return NumberOf(visit.Field("denied")) is { } denied
            && visit.Services.Acts.FindDenied(denied, visit.Caller) is { IsStatementCut: false, IsStatementRedacted: false } record
            && IsSameText(record.Statement, body.Statement)
                ? form with { Body = body with { Statement = record.Statement }, Denied = denied }
                : form;
    }

    /// <summary>The request for the API; null, with what is wrong, if a field says nothing.</summary>
    public RequestBody? ToBody(out Problem? problem)
    {
        problem = null;
        var executions = NumberOf(Executions);
        if (Executions is not null && executions is null)
            problem = new($"\"{Executions}\" is not a number of runs", 400, "Write a whole number, or leave it empty for no limit.");
        else if (Body.Expires is { } expires && !Units.TryParseDuration(expires, out _))
            problem = new($"\"{expires}\" is not a duration", 400, Units.DurationWords);
        else if (IsForRole && Body.Role is null)
            problem = new("a role is missing", 400, "Choose one from the list.");

        return problem is not null ? null : Body with
        {
            Statement = IsForRole ? null : Body.Statement ?? "",
            Role = IsForRole ? Body.Role : null,
            Unmask = !IsForRole && Body.Unmask,
            Executions = executions,
            From = ListOf(From, ',', ' ', '\n'),
            Parameters = IsForRole ? null : ListOf(Parameters, '\n'),
        };
    }

    private static AskForm Like(Grant grant) => new(new RequestBody
    {
        Databases = grant.Databases,
        Statement = grant.Statement,
        Role = grant.Role,
        Unmask = grant.Request.Unmask,
        Export = grant.Request.Export,
        Expires = Units.Format(grant.Request.Duration),
        Reason = grant.Request.Reason,
    })
    {
        IsForRole = grant.Kind == GrantKind.Role,
        Executions = grant.Request.ExecutionsMax?.ToString(CultureInfo.InvariantCulture),
        From = grant.Request.Networks.IsEmpty ? null : string.Join(", ", grant.Request.Networks),
        Parameters = grant.Request.Parameters.IsEmpty ? null : string.Join('\n', grant.Request.Parameters),
    };

    private static bool IsSameText(string? one, string? other) => string.Equals(Lines(one), Lines(other), StringComparison.Ordinal);

    private static string? Lines(string? text) =>
        text?.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').Replace('\0', '\uFFFD');

    private static ImmutableArray<string>? ListOf(string? text, params char[] between) =>
        text?.Split(between, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is { Length: > 0 } list ? [.. list] : null;

    private static long? NumberOf(string? text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
