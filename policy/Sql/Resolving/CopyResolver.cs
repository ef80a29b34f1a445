using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Resolving;

/// <summary>COPY of PostgreSQL: of a table, or of what a statement returns.</summary>
internal sealed class CopyResolver(StatementResolver statements)
{
    /// <summary>Says what a COPY is, reads and returns.</summary>
    public StatementAnalysis Analyze(CopyStatement copy)
    {
        const string Why = "COPY needs a grant that allows export";
        if (copy.Inner is not null)
        {
            var inner = statements.Analyze(copy.Inner);
            var why = copy.IsStandard ? inner.ReadOnlyObjection ?? Why : "it writes a file or starts a program on the server (COPY)";
            return inner with { Kind = StatementKind.Copy, ReadOnlyObjection = why };
        }

        var targets = copy.Columns.IsDefault
            ? [new Target(new ColumnReference([], true), null)]
            : copy.Columns.Select(static name => new Target(new ColumnReference([name], false), null)).ToImmutableArray();
        var query = new QueryStatement(new(new SelectBody { Targets = targets, From = [new RelationItem(copy.Relation!, null)], Where = copy.Where }));
        var read = statements.Resolved(query, StatementKind.Copy);
        if (copy.IsFrom)
        {
            var written = read.Relations.Select(static use => use with { IsWritten = true });
            return read with { ReadOnlyObjection = "it writes to a table (COPY FROM)", Columns = [], Relations = [.. written] };
        }

        return read with { ReadOnlyObjection = copy.IsStandard ? read.ReadOnlyObjection ?? Why : "it writes a file or starts a program on the server (COPY)" };
    }
}
