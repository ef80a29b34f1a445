using JitProxy.Policy.Sql;
using JitProxy.Server.Decide;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Capture;

/// <summary>One run of a MySQL client's statement.</summary>
internal sealed class MySqlRun(MySqlStatement statement) : BoundStatement(statement)
{
    /// <summary>The statement.</summary>
    public MySqlStatement Statement { get; } = statement;

    /// <summary>The description of its columns, kept while a cursor is open: the rows that are fetched come without one.</summary>
    public byte[] Shape { get; set; } = [];

    /// <summary>The types of its columns, by which binary rows are read; empty in the text protocol.</summary>
    public MySqlType[] ColumnTypes { get; set; } = [];

    /// <summary>True once the views that it reads are known to be those that it was analysed with.</summary>
    public bool AreViewsKnown { get; set; }

    /// <summary>True for a statement by rule that may change settings of the session.</summary>
    public bool MaySet => Ruling is { Kind: RulingKind.Housekeeping, Verdict.Action: HousekeepingAction.Set or HousekeepingAction.Read };

    /// <summary>The same grant decides anew, because catalogue or masking policy changed; the plan has to be made again.</summary>
    /// <returns>False if that decision is not about these rows: they wait as they were read, and it is about what would be read now.</returns>
    public bool TryRenew(Ruling ruling)
    {
        if (Ruling.Analyzed is { } earlier && ruling.Analyzed?.ReadsAs(earlier) != true)
            return false;

        (Ruling, Plan) = (ruling, null);
        return true;
    }
}
