using System.Collections.Immutable;
using System.Globalization;
using JitProxy.Policy.Grants;
using JitProxy.Server.Admin.Contract;
using JitProxy.Server.Configuration;
using JitProxy.Storage.Audit;

namespace JitProxy.Server.Console;

/// <summary>What is in the form for a request, whether it was filled in by its user, from a refusal, or from an earlier grant.</summary>
internal sealed record AskForm
{
    /// <summary>Databases ticked or written, as <c>server/database</c>.</summary>
    public ImmutableArray<string> Databases { get; init; } = [];

    /// <summary>The statement.</summary>
    public string? Statement { get; init; }

    /// <summary>The role, if it is asked for instead of a statement.</summary>
    public string? Role { get; init; }

    /// <summary>Whether it is the form for a role.</summary>
    public bool IsForRole { get; init; }

    /// <summary>Masked columns in clear.</summary>
    public bool Unmask { get; init; }

    /// <summary>Bulk extraction.</summary>
    public bool Export { get; init; }

    /// <summary>A duration.</summary>
    public string? Expires { get; init; }

    /// <summary>How often, as written.</summary>
    public string? Executions { get; init; }

    /// <summary>Networks, as written.</summary>
    public string? From { get; init; }

    /// <summary>Rules for parameters, one a line, as written.</summary>
    public string? Parameters { get; init; }

    /// <summary>Whether it is an emergency.</summary>
    public bool BreakGlass { get; init; }

    /// <summary>Why.</summary>
    public string? Reason { get; init; }

    /// <summary>The refusal that it comes from.</summary>
    public long? Denied { get; init; }

    /// <summary>What an address asks for: <c>?denied=81</c>, <c>?like=12</c>, or nothing in particular.</summary>
    public static AskForm FromAddress(Visit visit)
    {
        var empty = new AskForm { IsForRole = visit.Asked("kind") == "role" };
        if (NumberOf(visit.Asked("denied")) is { } denied && visit.Services.Acts.FindDenied(denied, visit.Caller) is { } record)
        {
            var isWhole = record is { IsStatementCut: false, IsStatementRedacted: false };
            return empty with
            {
                Statement = record.IsStatementRedacted ? null : record.Statement,
                Databases = record.Database is { } on ? [on] : [],
                Denied = isWhole ? denied : null,
            };
        }

        return NumberOf(visit.Asked("like")) is { } like && visit.Services.Acts.Find(like, visit.Caller) is { } grant ? Like(grant) : empty;
    }

    /// <summary>What was filled in.</summary>
    public static AskForm FromForm(Visit visit)
    {
        var other = (visit.Field("other") ?? "").Split([',', ' ', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var form = new AskForm
        {
            Databases = [.. visit.Form["database"].OfType<string>().Where(static d => d.Length > 0).Concat(other).Distinct(StringComparer.Ordinal)],
            Statement = visit.Field("statement"),
            Role = visit.Field("role"),
            IsForRole = visit.Field("kind") == "role",
            Unmask = visit.IsTicked("unmask"),
            Export = visit.IsTicked("export"),
            Expires = visit.Field("expires")?.Trim(),
            Executions = visit.Field("executions")?.Trim(),
            From = visit.Field("from"),
            Parameters = visit.Field("parameters"),
            BreakGlass = visit.IsTicked("break_glass"),
            Reason = visit.Field("reason"),
            Denied = NumberOf(visit.Field("denied")),
        };

        // A refusal stands for its exact text, as long as nobody edits that; browsers change the ends of lines on the way.
        return form.Denied is { } denied
            && visit.Services.Acts.FindDenied(denied, visit.Caller) is { IsStatementCut: false, IsStatementRedacted: false } record
            && SameText(record, form)
            ? form with { Statement = record.Statement }
            : form with { Denied = null };
    }

    /// <summary>The request for the API; null, with what is wrong, if a field says nothing.</summary>
    public RequestBody? ToBody(out Problem? problem)
    {
        problem = null;
        var executions = default(long?);
        if (Executions is not null && !TryReadCount(Executions, out executions))
            problem = new($"\"{Executions}\" is not a number of runs", 400, "Write a whole number, or leave it empty for no limit.");
        else if (Expires is not null && !Units.TryParseDuration(Expires, out _))
            problem = new($"\"{Expires}\" is not a duration", 400, Units.DurationWords);
        else if (IsForRole && Role is null)
            problem = new("a role is missing", 400, "Choose one from the list.");

        return problem is not null ? null : new()
        {
            Databases = Databases,
            Statement = IsForRole ? null : Statement ?? "",
            Role = IsForRole ? Role : null,
            Unmask = !IsForRole && Unmask,
            Export = Export,
            Expires = Expires,
            Executions = executions,
            From = ListOf(From, ',', ' ', '\n'),
            Parameters = IsForRole ? null : ListOf(Parameters, '\n'),
            BreakGlass = BreakGlass,
            Reason = Reason,
        };
    }

    private static AskForm Like(Grant grant) => new()
    {
        Databases = grant.Databases,
        Statement = grant.Statement,
        Role = grant.Role,
        IsForRole = grant.Kind == GrantKind.Role,
        Unmask = grant.Request.Unmask,
        Export = grant.Request.Export,
        Expires = Units.Format(grant.Request.Duration),
        Executions = grant.Request.ExecutionsMax?.ToString(CultureInfo.InvariantCulture),
        From = string.Join(", ", grant.Request.Networks),
        Parameters = string.Join('\n', grant.Request.Parameters),
        Reason = grant.Request.Reason,
    };

    private static bool SameText(AuditRecord record, AskForm form) =>
        string.Equals(Lines(record.Statement), Lines(form.Statement), StringComparison.Ordinal);

    private static string? Lines(string? text) =>
        text?.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').Replace('\0', '\uFFFD');

    private static ImmutableArray<string>? ListOf(string? text, params char[] between) =>
        text?.Split(between, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is { Length: > 0 } list ? [.. list] : null;

    private static bool TryReadCount(string text, out long? count)
    {
        count = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
        return count is not null;
    }

    private static long? NumberOf(string? text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
