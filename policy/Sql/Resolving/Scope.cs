namespace JitProxy.Policy.Sql.Resolving;

/// <summary>The common tables in view: an immutable chain, inner ones first.</summary>
internal sealed record CommonTables(string Name, QueryShape Shape, CommonTables? Outer)
{
    /// <summary>The nearest table of this name, or null.</summary>
    public static CommonTables? Find(CommonTables? tables, string name, StringComparer names)
    {
        while (tables is not null && !names.Equals(tables.Name, name))
            tables = tables.Outer;
        return tables;
    }
}

/// <summary>The names in view at one place of a query, and those of the queries around it.</summary>
/// <param name="names">When two names are one.</param>
/// <param name="outer">The scope around this one.</param>
/// <param name="tables">The common tables in view.</param>
internal sealed class Scope(ServerNames names, Scope? outer, CommonTables? tables)
{
    private readonly List<RangeEntry> _entries = [];
    private readonly List<RangeColumn> _columns = [];
    private readonly Dictionary<string, Lineage> _windows = new(names.Columns);

    /// <summary>The scope around this one.</summary>
    public Scope? Outer { get; } = outer;

    /// <summary>The common tables in view.</summary>
    public CommonTables? Tables { get; } = tables;

    /// <summary>What columns that are not listed would come from; null if all are listed.</summary>
    public Lineage? Hidden { get; private set; }

    /// <summary>The columns that can be named without a qualifier; all but the invisible ones are what <c>*</c> stands for.</summary>
    public IReadOnlyList<RangeColumn> Columns => _columns;

    /// <summary>What decides which rows there are, so far.</summary>
    public Lineage Influence { get; private set; } = Lineage.None;

    /// <summary>The output columns of the query, for servers to which they are names beside those of FROM; null for the others.</summary>
    public TargetNames? Targets { get; set; }

    /// <summary>True where output columns can be named in the query itself; the queries inside it see them always.</summary>
    public bool SeesTargets { get; set; }

    /// <summary>Brings a FROM item into view.</summary>
    public void Add(FromShape shape)
    {
        _entries.AddRange(shape.Entries);
        _columns.AddRange(shape.Columns);
        Hidden = Shape.Or(Hidden, shape.Hidden);
    }

    /// <summary>Adds to what decides which rows there are.</summary>
    public void Influenced(Lineage by) => Influence = Influence.With(by);

    /// <summary>Names a window.</summary>
    public void AddWindow(string name, Lineage lineage) => _windows[name] = lineage;

    /// <summary>The window of this name, or null.</summary>
    public Lineage? FindWindow(string name) => _windows.GetValueOrDefault(name);

    /// <summary>
    /// The column of this name without qualifier, or null. Where the server would call it ambiguous, or where a table with columns that are not
    /// known stands before it, the answer is everything that it could be.
    /// </summary>
    public Lineage? FindColumn(string name, out bool isCertain)
    {
        Lineage? found = null;
        isCertain = false;
        for (var scope = this; scope is not null; scope = scope.Outer)
        {
            foreach (var column in scope._columns)
            {
                if (!names.Columns.Equals(column.Name, name))
                    continue;
                isCertain = true;
                found = found is null ? column.Lineage : found.With(column.Lineage);
            }

            if ((scope != this || SeesTargets) && scope.Targets?.Find(name) is { } target)
            {
                isCertain = true;
                found = Shape.Or(found, target);
            }

            found = Shape.Or(found, scope.Hidden);
            if (isCertain)
                return found;
        }

        return found ?? FindSystemColumn(name);
    }

    /// <summary>What the qualifier stands for, nearest first; null if nothing or if it is ambiguous.</summary>
    public RangeEntry? FindEntry(string? schema, string name)
    {
        for (var scope = this; scope is not null; scope = scope.Outer)
        {
            var matches = scope._entries.FindAll(entry =>
                names.Tables.Equals(entry.Name, name) && (schema is null || names.Tables.Equals(entry.Schema, schema)));
            if (matches.Count > 0)
                return matches.Count == 1 ? matches[0] : null;
        }

        return null;
    }

    /// <summary>The column of an entry; null if it has none of this name.</summary>
    public RangeColumn? FindIn(RangeEntry entry, string name)
    {
        Lineage? found = null;
        string? type = null;
        foreach (var column in entry.Columns)
        {
            if (!names.Columns.Equals(column.Name, name))
                continue;
            found = found is null ? column.Lineage : found.With(column.Lineage);
            type = column.TypeName;
        }

        found ??= entry.HasSystemColumns && IsSystemColumn(name) ? Lineage.None : null;
        return found is null ? null : new(name, found, type);
    }

    // The columns that every table of PostgreSQL has; they tell where a row lies, not what is in it.
    private bool IsSystemColumn(string name) => names.HasRowValues && name is ("ctid" or "xmin" or "xmax" or "cmin" or "cmax" or "tableoid");

    private Lineage? FindSystemColumn(string name)
    {
        if (!IsSystemColumn(name))
            return null;
        for (var scope = this; scope is not null; scope = scope.Outer)
        {
            if (scope._entries.Exists(static entry => entry.HasSystemColumns))
                return Lineage.None;
        }

        return null;
    }
}
