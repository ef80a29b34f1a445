using JitProxy.Policy.Grants;
using JitProxy.Policy.Sql.Allowed;
using JitProxy.Policy.Sql.Parsing;
using JitProxy.Policy.Sql.Resolving;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql;

/// <summary>
/// Decides what drivers and tools send by themselves: by structure, never by text, so that it survives their next version. A statement is
/// housekeeping if everything that it names is on a list; anything else is left to grants.
/// </summary>
public static class Housekeeping
{
    // Longer than the longest that tools write, which is a dump's list of tables.
    internal const int TextSizeMax = 256 * 1024;

    // Values collected over a group, twice; or one doubled twenty times, derived table by derived table.
    private const double GrowthMax = 5_000_000;

    /// <summary>Judges one statement in the language of the catalogue. Never throws.</summary>
    /// <param name="text">The statement, UTF-8.</param>
    /// <param name="catalogue">The database's names, those of <c>pg_catalog</c> and <c>information_schema</c> and built-in functions included.</param>
    /// <param name="modes">MySQL: the session's modes; those that the proxy pins if left out.</param>
    public static HousekeepingVerdict Judge(ReadOnlySpan<byte> text, Catalogue catalogue, LexicalModes modes = LexicalModes.None)
    {
        if (text.Length > TextSizeMax)
            return default;

        // Read by the rules of another language, a text could be taken for something harmless that it is not to its server.
        if (catalogue.Dialect != SqlDialect.PostgreSql)
            return MySqlHousekeeping.Judge(text, catalogue, modes);

        // The exact text of a grant may hold what this parser does not know.
        return PostgresParser.TryParse(text, out var statement, out _) ? Judge(statement, catalogue) : default;
    }

    /// <summary>False for what could keep the server busy, or fill its memory: whoever may sign in may run housekeeping.</summary>
    internal static bool IsBounded(Statement statement, Findings findings, Catalogue catalogue) =>
        findings.Growth <= GrowthMax && RowBound.Of(statement, findings, catalogue) <= RowBound.Most;

    private static HousekeepingVerdict Judge(Statement statement, Catalogue catalogue)
    {
        switch (statement)
        {
            case EmptyStatement:
                return Allow(HousekeepingAction.Empty);
            case QueryStatement:
                return Query(statement, catalogue);
            case ShowStatement show:
                return AllowedSettings.MayShow(show.Name) ? Allow(HousekeepingAction.Read) : default;
            case SetStatement set:
                return Set(set);
            case ResetStatement reset:
                return Allow(HousekeepingAction.Set, reset.Name ?? HousekeepingVerdict.AllSettings);
            case TransactionStatement transaction:
                return Transaction(transaction);
            case DiscardStatement discard:
                return discard.Target == "all" ? Allow(HousekeepingAction.Discard, HousekeepingVerdict.AllSettings) : Allow(HousekeepingAction.Other);
            case DeallocateStatement deallocate:
                return deallocate.Name is null ? Allow(HousekeepingAction.Discard) : Allow(HousekeepingAction.Deallocate, deallocate.Name);
            case CloseStatement or UnlistenStatement:
                return Allow(HousekeepingAction.Other);
            case HandleStatement handle:
                return Refuse(DenyReason.MessageNotSupported, $"{handle.Verb} keeps a statement under a name; use the protocol's prepared statements");
            case CopyStatement:
                return Refuse(DenyReason.MessageNotSupported, "COPY is not passed on; a grant with export runs the statement itself");
            case OtherStatement { Kind: StatementKind.Other } other:
                return Refuse(DenyReason.MessageNotSupported, $"{other.Verb} is not passed on");
            default:
                return default;
        }
    }

    private static HousekeepingVerdict Allow(HousekeepingAction action, string? setting = null, string? value = null) =>
        new(action, DenyReason.Unspecified, null, setting, value);

    private static HousekeepingVerdict Refuse(DenyReason reason, string why, string? setting = null) =>
        new(HousekeepingAction.Refuse, reason, why, setting, null);

    private static HousekeepingVerdict Set(SetStatement set)
    {
        if (set is { Name: AllowedSettings.Grant, IsLocal: true })
            return Refuse(DenyReason.SettingNotAllowed, "it is set for the session: SET jit.grant = NUMBER", set.Name);
        if (AllowedSettings.Objection(set.Name, set.Values) is { } objection)
            return Refuse(DenyReason.SettingNotAllowed, objection, set.Name);
        return Allow(HousekeepingAction.Set, set.Name, set.Values.IsDefault ? null : string.Join(", ", set.Values));
    }

    private static HousekeepingVerdict Transaction(TransactionStatement transaction)
    {
        if (transaction.IsTwoPhase)
            return Refuse(DenyReason.MessageNotSupported, "two-phase transactions outlive the session");
        if (transaction.IsReadWrite)
            return new(HousekeepingAction.Refuse, DenyReason.SettingNotAllowed, "the session stays read-only", HousekeepingVerdict.ReadWrite, transaction.Verb);
        return Allow(HousekeepingAction.Transaction, transaction.Verb, transaction.IsReadOnly ? HousekeepingVerdict.ReadOnly : null);
    }

    private static HousekeepingVerdict Query(Statement statement, Catalogue catalogue)
    {
        var resolver = new Resolver(catalogue);
        var shape = resolver.Resolve(statement, null, null);
        var findings = resolver.Findings;
        if (findings.Objection is not null || findings.IsExhausted || !findings.Operators.All(name => TrustedOperators.Contains(name, catalogue)))
            return default;
        if (!findings.Relations.All(static use => use.Schema is "pg_catalog" or "information_schema"))
            return default;

        // Names without anything that they could be of: a statement that lost its FROM, whose writer is helped by what a grant has.
        if (findings.Relations.Count == 0 && findings.Unresolved is not null)
            return default;
        if (Protected(findings, shape, catalogue) is { } what)
            return Refuse(DenyReason.CatalogueReadNotAllowed, $"{what} shows or does more than names and types of objects");
        if (!findings.Relations.All(static use => AllowedRelations.Contains(use.Schema, use.Name)))
            return default;
        if (!findings.Functions.All(call => AllowedFunctions.Contains(call, catalogue)))
            return default;
        return IsBounded(statement, findings, catalogue) ? Settings(findings) : default;
    }

    // The relation, column or function that nobody may use, or null.
    private static string? Protected(Findings findings, QueryShape shape, Catalogue catalogue)
    {
        foreach (var use in findings.Relations)
        {
            // Where the catalogue lacks the relation, which of its columns are read is not known.
            var isUnclear = ProtectedNames.HasProtectedColumns(use.Name) && catalogue.FindRelation(use.Schema, use.Name) is null;
            if (isUnclear || ProtectedNames.IsRelation(use.Schema, use.Name))
                return use.Name;
        }

        foreach (var column in shape.Whole.Sources.Concat(findings.Predicates))
        {
            if (ProtectedNames.IsColumn(column))
                return $"{column.Relation}.{column.Column}";
        }

        foreach (var call in findings.Functions)
        {
            if (ProtectedNames.IsFunction(call.Name) && !AllowedFunctions.Contains(call, catalogue))
                return call.Name;
        }

        return null;
    }

    // set_config and current_setting follow the rules of SET and SHOW; both need constants.
    private static HousekeepingVerdict Settings(Findings findings)
    {
        string? setting = null;
        string? value = null;
        foreach (var call in findings.SettingCalls)
        {
            // pg_settings lists the names that may be shown; asking for the value by that name shows no more than it does.
            if (call is { Name.Name: "current_setting", Arguments: [ColumnReference] } && findings.Relations.Exists(static use => use.Name == "pg_settings"))
                continue;
            if (call.Arguments is not [Literal { Kind: LiteralKind.String } name, ..])
                return Refuse(DenyReason.SettingNotAllowed, $"{call.Name.Name} needs the name of its setting as a constant");
            var lower = name.Text.ToLowerInvariant();
            if (call.Name.Name == "current_setting")
            {
                if (!AllowedSettings.MayShow(lower))
                    return default;
                continue;
            }

            if (setting is not null && setting != lower)
                return Refuse(DenyReason.SettingNotAllowed, "only one setting may be changed in a query", lower);
            if (lower == AllowedSettings.Grant || call.Arguments is not [_, Literal { Kind: LiteralKind.String } text, _])
                return Refuse(DenyReason.SettingNotAllowed, $"{lower} is set with SET, to a constant", lower);
            if (AllowedSettings.Objection(lower, [text.Text]) is { } objection)
                return Refuse(DenyReason.SettingNotAllowed, objection, lower);
            (setting, value) = (lower, text.Text);
        }

        return Allow(HousekeepingAction.Read, setting, value) with
        {
            IsAboutConnection = findings.Functions.Any(static call => ConnectionFunctions.Contains(call.Name)),
        };
    }
}
