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

    /// <summary>True for a statement by rule that may change settings of the session.</summary>
    public bool MaySet => Ruling is { Kind: RulingKind.Housekeeping, Verdict.Action: HousekeepingAction.Set or HousekeepingAction.Read };

    /// <summary>The same grant decides anew, because catalogue or masking policy changed.</summary>
    public void Renew(Ruling ruling) => Ruling = ruling;
}
