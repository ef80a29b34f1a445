// The checks between a wish and a request. Each takes what the ones before it found, and says what to do when it refuses.
using System.Collections.Immutable;
using System.Text;
using JitProxy.Policy.Grants;
using JitProxy.Policy.Sql;
using JitProxy.Server.Configuration;

namespace JitProxy.Server.Decide;

/// <summary>Checks what somebody asks for against the configuration and the databases.</summary>
internal sealed class RequestCheck(DeskServices services)
{
    /// <summary>The longest reason or comment, in UTF-16 units.</summary>
    public const int ReasonLengthMax = 4000;

    private const int DatabasesMax = 64;
    private const string DifferentDialects = "The databases speak different dialects. Ask for them separately.";
    private const int StatementLengthMax = 1 << 20;
    private const int ExecutionsLimit = 1_000_000;
    private static readonly TimeSpan DurationDefault = TimeSpan.FromHours(4);

    /// <summary>Checks everything that does not depend on other grants.</summary>
    public async ValueTask<CheckedRequest> CheckAsync(GrantWish wish, string user, long? extends, CancellationToken stop)
    {
        var configuration = services.Configuration();
        if (FindBadText(wish) is { } badText)
            return CheckedRequest.Refuse(badText);
        if (!TryLocate(configuration, wish.Databases, out var servers, out var fault) || !TryFindProject(configuration, wish, out var project, out fault))
            return CheckedRequest.Refuse(fault);
        if (FindBadTerms(wish, project) is { } badTerms)
            return CheckedRequest.Refuse(badTerms);
        if (wish.BreakGlass && BreakGlassRules.FindObjection(configuration, project, user, wish.Duration) is { } noEmergency)
            return CheckedRequest.Refuse(noEmergency);

        var request = new GrantRequest
        {
            Kind = wish.Kind,
            User = user,
            Project = project.Name,
            Databases = wish.Databases,
            Dialect = servers[0].Engine,
            Role = wish.Role,
            Unmask = wish.Unmask,
            Export = wish.Export,
            Reason = wish.Reason!.Trim(),
            Duration = wish.BreakGlass ? Min(DurationOf(wish, project), configuration.Approval.BreakGlass?.MaxExpiration) : DurationOf(wish, project),
            BreakGlass = wish.BreakGlass,
            ExecutionsMax = wish.ExecutionsMax,
            Extends = extends,
            Again = wish.Again,
            Parameters = wish.Parameters,
            Networks = [.. wish.Networks.Select(static n => ClientNetworks.Read(n)!).Distinct(StringComparer.Ordinal)],
        };
        var targets = wish.Databases.Zip(servers, static (database, server) => new AnalyzedTarget(server, NameOf(database), null)).ToList();
        var notes = ImmutableArray<string>.Empty;
        if (wish.Kind == GrantKind.Role)
        {
            if (FindBadRole(configuration, wish) is { } badRole)
                return CheckedRequest.Refuse(badRole);
        }
        else
        {
            var statement = await CheckStatementAsync(wish, new(configuration, project, user, services.Clock.GetUtcNow()), targets, stop);
            if (statement.Refusal is not null)
                return CheckedRequest.Refuse(statement.Refusal);

            request = request with { Statement = statement.Text, Schema = statement.Schema, Dialect = statement.Dialect };
            (targets, notes) = (statement.Targets, statement.Notes);
        }

        if (wish.BreakGlass)
            return new(request, [], notes, null);

        return ApprovalSteps.Pick(configuration.Approval, request, targets, services.Clock.GetUtcNow()) is { } steps
            ? new(request, steps, notes, null)
            : CheckedRequest.Refuse(
                "No approval rule is for this request, and there is no fallback, so nobody could approve it. Ask whoever keeps the configuration.");
    }

    private static string? FindBadText(GrantWish wish)
    {
        if (string.IsNullOrWhiteSpace(wish.Reason))
            return "A request needs a reason for its approvers: --reason \"...\".";
        if (wish.Reason.Length > ReasonLengthMax || wish.Reason.Contains('\0', StringComparison.Ordinal))
            return $"The reason is longer than {ReasonLengthMax} characters or holds a NUL.";
        if (wish.Databases.IsDefaultOrEmpty || wish.Databases.Length > DatabasesMax)
            return $"A request names between 1 and {DatabasesMax} databases: --database SERVER/DATABASE.";
        if (wish.Databases.Distinct(StringComparer.Ordinal).Count() != wish.Databases.Length)
            return "A database is named twice.";
        if (ParameterWishes.FindBadText(wish) is { } parameters)
            return parameters;
        if (wish.Networks.Length > ClientNetworks.CountMax)
            return $"A request names at most {ClientNetworks.CountMax} networks.";
        if (wish.Networks.FirstOrDefault(static n => ClientNetworks.Read(n) is null) is { } network)
            return $"\"{network}\" is not a network. Write ADDRESS/BITS without bits behind the prefix, as in --from 10.1.0.0/16.";
        if (wish.Kind == GrantKind.Statement && string.IsNullOrWhiteSpace(wish.Statement))
            return "The statement is empty. Give one: --statement SQL.";
        if (wish.Statement?.Length > StatementLengthMax)
            return $"The statement is longer than {StatementLengthMax} characters.";
        if (wish.Schema is { Length: 0 or > 255 })
            return "A schema has between 1 and 255 characters: --schema S.";

        return wish.Kind == GrantKind.Role && wish.Unmask ? "A role grant always comes masked. Ask for the statement instead: --statement SQL --unmask." : null;
    }

    /// <summary>The servers of databases, by name alone; false with what is wrong.</summary>
    public static bool TryLocate(ProxyConfiguration configuration, ImmutableArray<string> databases, out List<ServerConfiguration> servers, out string fault)
    {
        (servers, fault) = ([], "");
        foreach (var database in databases)
        {
            var slash = database.IndexOf('/', StringComparison.Ordinal);
            if (slash <= 0 || slash == database.Length - 1)
                fault = $"\"{database}\" is not a database. Write SERVER/DATABASE, with one of the servers {Join(configuration.Servers.Keys)}.";
            else if (!configuration.Servers.TryGetValue(database[..slash], out var server))
                fault = $"There is no server \"{database[..slash]}\". There are: {Join(configuration.Servers.Keys)}.";
            else if (servers.Count > 0 && servers[0].Engine != server.Engine)
                fault = DifferentDialects;
            else
                servers.Add(server);

            if (fault.Length > 0)
                return false;
        }

        return true;
    }

    /// <summary>The one project that holds all the databases; false with what is wrong.</summary>
    public static bool TryFindProject(ProxyConfiguration configuration, GrantWish wish, out ProjectConfiguration project, out string fault)
    {
        fault = "";
        project = configuration.Projects.Values.FirstOrDefault(p => wish.Databases.All(d => Covers(p, d)))!;
        if (project is not null)
            return true;

        var stray = wish.Databases.FirstOrDefault(d => !configuration.Projects.Values.Any(p => Covers(p, d)));
        fault = stray is not null
            ? $"No project holds the database {stray}, so nobody could approve this. Ask whoever keeps the configuration."
            : "The databases belong to different projects. Ask for them separately.";
        return false;
    }

    /// <summary>Why a project does not take such a request; null if it does.</summary>
    public static string? FindBadTerms(GrantWish wish, ProjectConfiguration project)
    {
        if (ProjectRules.FindObjection(project, wish.Kind) is { } closed)
            return closed;
        if (wish.Duration <= TimeSpan.Zero)
            return "The duration must be positive, as in --expires 4h.";
        if (ProjectRules.FindObjection(project, wish.Export, wish.Duration) is { } terms)
            return terms;

        return wish.ExecutionsMax is <= 0 or > ExecutionsLimit ? $"The number of executions must be between 1 and {ExecutionsLimit}." : null;
    }

    /// <summary>Why a role cannot be asked for; null if it can.</summary>
    public static string? FindBadRole(ProxyConfiguration configuration, GrantWish wish) =>
        wish.Role is not null && configuration.DatabaseRoles.ContainsKey(wish.Role)
            ? null
            : $"There is no database role \"{wish.Role}\". There are: {Join(configuration.DatabaseRoles.Keys)}.";

    /// <summary>How long a request is for.</summary>
    public static TimeSpan DurationOf(GrantWish wish, ProjectConfiguration project) => wish.Duration ?? Min(DurationDefault, project.MaxExpiration);

    private async ValueTask<CheckedStatement> CheckStatementAsync(GrantWish wish, MaskCheck masks, List<AnalyzedTarget> targets, CancellationToken stop)
    {
        byte[] text = [];
        SqlDialect? dialect = null;
        string? schema = null;
        var analyzed = new List<AnalyzedTarget>(targets.Count);
        var notes = new List<string>();
        foreach (var target in targets)
        {
            if (await services.Catalogues(target.QualifiedName, stop) is not { } catalogue)
                return CheckedStatement.Refuse($"The database {target.QualifiedName} does not exist or cannot be reached. Check its name, or try again later.");

            // MySQL and MariaDB share an engine, not a language: the server has said which it is.
            if (dialect is null && !TryEncode(wish.Statement!, catalogue.Dialect, out text, out var fault))
                return CheckedStatement.Refuse(fault);
            if ((dialect ??= catalogue.Dialect) != catalogue.Dialect)
                return CheckedStatement.Refuse(DifferentDialects);

            schema ??= catalogue.EffectiveSchema;
            if (FindSchemaObjection(wish.Schema, schema, catalogue, target.QualifiedName) is { } elsewhere)
                return CheckedStatement.Refuse(elsewhere);

            var analysis = services.Analyze(text, catalogue, masks.Configuration.Limits.Functions.On(target.Server, target.Name));
            if (analysis.ReadOnlyObjection is { } objection)
                return CheckedStatement.Refuse($"A statement grant can hold only a statement that reads: {objection}.");
            if (DatabaseReach.FindElsewhere(wish.Databases, analysis, catalogue) is { } beside)
                return CheckedStatement.Refuse(ReachesOut(target, beside));
            if (analysis.Unresolved is { } unresolved)
                notes.Add($"On {target.QualifiedName}: {unresolved}; what cannot be traced comes masked.");
            if (masks.FindObjection(target, analysis, catalogue, wish.Unmask, notes) is { } denied)
                return CheckedStatement.Refuse(denied);

            analyzed.Add(target with { Analysis = analysis });
        }

        if (ParameterWishes.FindObjection(wish, analyzed.Max(static t => t.Analysis!.ParameterCount), notes) is { } parameters)
            return CheckedStatement.Refuse(parameters);

        return new(Encoding.UTF8.GetString(text), dialect!.Value, schema!, analyzed, [.. notes], null);
    }

    // Sessions look names up where the server's account does, and no client can change that: a grant for another schema would never hold.
    private static string? FindSchemaObjection(string? asked, string first, Catalogue catalogue, string database)
    {
        var session = catalogue.EffectiveSchema;
        var current = catalogue.SearchPath.IsDefaultOrEmpty ? session : catalogue.SearchPath[0];
        if (asked is not null && asked != session && asked != current)
        {
            return catalogue.Dialect == SqlDialect.PostgreSql
                ? $"On {database}, names without a schema are looked up in {session}. Leave --schema out and write the schema into the statement: {asked}.NAME."
                : "A database of this server has no schemas in it. Leave --schema out.";
        }

        return session == first
            ? null
            : $"Names without a schema are looked up in {first} on one of these databases and in {session} on another. Ask for them separately.";
    }

    // What is approved is one statement, without the semicolon and what stands around it.
    private static bool TryEncode(string statement, SqlDialect dialect, out byte[] text, out string fault)
    {
        (text, fault) = ([], "");
        var parts = new List<Range>();
        try
        {
            var whole = new UTF8Encoding(false, throwOnInvalidBytes: true).GetBytes(statement);
            if (!StatementSplitter.TrySplit(whole, dialect, parts, out var textFault, out var offset))
                fault = $"The statement {textFault.Describe()} (at byte {offset}). Correct it and ask again.";
            else if (parts.Count == 0)
                fault = "The statement is empty: it holds nothing but blanks and comments.";
            else if (parts.Count > 1)
                fault = $"There are {parts.Count} statements in the text. Ask for each one separately.";
            else
                text = whole[parts[0]];
        }
        catch (EncoderFallbackException)
        {
            fault = "The statement is not valid Unicode text. Correct it and ask again.";
        }

        return fault.Length == 0;
    }

    // Whose rules, settings and owners decide about a database, that is found by the databases that a request names.
    private static string ReachesOut(AnalyzedTarget target, string beside) =>
        $"The statement reads the database {beside}, which the request does not name. "
            + $"Ask for both, if one project holds them: --database {target.QualifiedName},{target.Server.Name}/{beside}.";

    private static bool Covers(ProjectConfiguration project, string database) => project.Databases.Any(pattern => pattern.Covers(database));

    private static string NameOf(string database) => database[(database.IndexOf('/', StringComparison.Ordinal) + 1)..];

    private static TimeSpan Min(TimeSpan wanted, TimeSpan? most) => most < wanted ? most.Value : wanted;

    private static string Join(IEnumerable<string> names) => string.Join(", ", names);

    private sealed record CheckedStatement(
        string Text, SqlDialect Dialect, string Schema, List<AnalyzedTarget> Targets, ImmutableArray<string> Notes, string? Refusal)
    {
        public static CheckedStatement Refuse(string refusal) => new("", default, "", [], [], refusal);
    }
}
