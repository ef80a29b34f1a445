using JitProxy.Policy.Grants;
using JitProxy.Policy.Sql.Allowed;
using JitProxy.Policy.Sql.Parsing;
using JitProxy.Policy.Sql.Resolving;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql;

/// <summary>What drivers and tools of MySQL and MariaDB send by themselves, decided as <see cref="Housekeeping"/> says.</summary>
internal static class MySqlHousekeeping
{
    /// <summary>Judges one statement. Never throws.</summary>
    /// <param name="text">The statement, UTF-8.</param>
    /// <param name="catalogue">The database's names.</param>
    /// <param name="modes">The session's modes.</param>
    public static HousekeepingVerdict Judge(ReadOnlySpan<byte> text, Catalogue catalogue, LexicalModes modes) =>
        MySqlParser.TryParse(text, catalogue.Dialect, modes, out var statement, out _) ? Judge(statement, catalogue) : default;

    private static HousekeepingVerdict Judge(Statement statement, Catalogue catalogue)
    {
        switch (statement)
        {
            case EmptyStatement:
                return Allow(HousekeepingAction.Empty);
            case QueryStatement:
                return Query(statement, catalogue);
            case ShowStatement show:
                return Show(show, catalogue);
            case DescribeStatement describe:
                return IsIn(describe.Relation.Schema, catalogue) ? Allow(HousekeepingAction.Read) : default;
            case SetVariablesStatement set:
                return Set(set);
            case ScopedStatement scoped:
                return Scoped(scoped, catalogue);
            case TransactionStatement transaction:
                return Transaction(transaction);
            case UseStatement use:
                return Allow(HousekeepingAction.UseDatabase, use.Database);
            case KillStatement { Id: Literal { Kind: LiteralKind.Number } id } kill:
                return Allow(HousekeepingAction.Kill, kill.IsQuery ? "query" : "connection", id.Text);
            case KillStatement:
                return Refuse(DenyReason.MessageNotSupported, "KILL takes the number of one of your own sessions");
            case OtherStatement { Verb: "UNLOCK" }:
                return Allow(HousekeepingAction.Other);
            case OtherStatement { Kind: StatementKind.Set } account:
                return Refuse(DenyReason.SettingNotAllowed, $"{account.Verb} is about accounts, and the session's is JitProxy's own");
            case OtherStatement { Verb: "PREPARE" or "EXECUTE" or "DEALLOCATE" } handle:
                return Refuse(DenyReason.MessageNotSupported, $"{handle.Verb} keeps a statement under a name; use the protocol's prepared statements");
            default:
                return default;
        }
    }

    private static HousekeepingVerdict Allow(HousekeepingAction action, string? setting = null, string? value = null) =>
        new(action, DenyReason.Unspecified, null, setting, value);

    private static HousekeepingVerdict Refuse(DenyReason reason, string why, string? setting = null) =>
        new(HousekeepingAction.Refuse, reason, why, setting, null);

    private static HousekeepingVerdict Set(SetVariablesStatement set)
    {
        foreach (var setting in set.Settings)
        {
            if (setting is { Scope: VariableScope.User, Name: AllowedVariables.Grant })
                return set.Settings.Length == 1 ? Grant(setting) : RefuseGrant("it is set alone: SET @jit_grant = NUMBER");
            if (AllowedVariables.Objection(setting) is { } objection)
                return Refuse(DenyReason.SettingNotAllowed, objection, setting.Name);
        }

        // Of several at once the first is named; the session learns from the server what became of them.
        return Allow(HousekeepingAction.Set, NameOf(set.Settings[0]), set.Settings.Length == 1 ? VariableValue.Constant(set.Settings[0].Value) : null);
    }

    private static string NameOf(VariableSetting setting) => setting.Scope == VariableScope.User ? $"@{setting.Name}" : setting.Name;

    private static HousekeepingVerdict Grant(VariableSetting setting) => setting.Value switch
    {
        Literal { Kind: LiteralKind.Null } => Allow(HousekeepingAction.Set, AllowedSettings.Grant, "none"),
        Literal { Kind: LiteralKind.Number or LiteralKind.String } literal => Allow(HousekeepingAction.Set, AllowedSettings.Grant, literal.Text),
        _ => RefuseGrant("it is set to a constant: SET @jit_grant = NUMBER"),
    };

    private static HousekeepingVerdict RefuseGrant(string why) => Refuse(DenyReason.SettingNotAllowed, why, "@jit_grant");

    private static HousekeepingVerdict Scoped(ScopedStatement scoped, Catalogue catalogue)
    {
        foreach (var setting in scoped.Settings)
        {
            if (AllowedVariables.Objection(setting) is { } objection)
                return Refuse(DenyReason.SettingNotAllowed, objection, setting.Name);
        }

        // The statement inside of any other kind would be recorded as what it is not.
        var inner = Judge(scoped.Inner, catalogue);
        return inner.Action is HousekeepingAction.Read or HousekeepingAction.Refuse ? inner : default;
    }

    private static HousekeepingVerdict Transaction(TransactionStatement transaction)
    {
        if (transaction.IsTwoPhase)
            return Refuse(DenyReason.MessageNotSupported, "two-phase transactions outlive the session");
        if (transaction.IsReadWrite)
            return new(HousekeepingAction.Refuse, DenyReason.SettingNotAllowed, "the session stays read-only", HousekeepingVerdict.ReadWrite, transaction.Verb);
        return transaction.Verb == "SET GLOBAL TRANSACTION"
            ? default
            : Allow(HousekeepingAction.Transaction, transaction.Verb, transaction.IsReadOnly ? HousekeepingVerdict.ReadOnly : null);
    }

    private static HousekeepingVerdict Show(ShowStatement show, Catalogue catalogue)
    {
        if (show.Name is "warnings" or "errors")
            return Allow(HousekeepingAction.ShowWarnings);
        if (show.Name is "count warnings" or "count errors")
            return Allow(HousekeepingAction.Read);

        // Other databases have projects, and members, of their own.
        var isHere = IsIn(show.Database, catalogue) && IsIn(show.Object?.Schema, catalogue);
        return isHere && new ShowResolver(catalogue).Analyze(show).ReadOnlyObjection is null ? Allow(HousekeepingAction.Read) : default;
    }

    private static bool IsIn(string? schema, Catalogue catalogue) =>
        schema is null || schema.Equals("information_schema", StringComparison.OrdinalIgnoreCase)
        || (catalogue.SearchPath is [var here, ..] && ServerNames.Of(catalogue).Tables.Equals(schema, here));

    private static HousekeepingVerdict Query(Statement statement, Catalogue catalogue)
    {
        var resolver = new Resolver(catalogue);
        resolver.Resolve(statement, null, null);
        var findings = resolver.Findings;
        if (findings.Objection is not null || findings.IsExhausted || !findings.Relations.All(static use => MySqlProtectedNames.IsSystemSchema(use.Schema)))
            return default;

        foreach (var use in findings.Relations)
        {
            if (MySqlProtectedNames.IsRelation(use.Schema, use.Name))
                return Refuse(DenyReason.CatalogueReadNotAllowed, $"{use.Schema}.{use.Name} shows more than names and types of objects");
        }

        var isAllowed = findings.Relations.All(static use => AllowedReads.Contains(use.Schema, use.Name)) && findings.Functions.All(AllowedReads.Contains)
            && findings.Variables.All(AllowedVariables.MayShow);
        return isAllowed && Housekeeping.IsBounded(statement, findings, catalogue) ? Allow(HousekeepingAction.Read) : default;
    }
}
