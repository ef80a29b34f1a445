using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Resolving;

/// <summary>A function that a statement calls.</summary>
/// <param name="Schema">The schema as written, or null.</param>
/// <param name="Name">The name.</param>
/// <param name="IsSyntax">True if the grammar names the function, so that no schema can shadow it.</param>
/// <param name="IsStored">MySQL: true if it is written so that it cannot mean the server's own function of this name.</param>
internal readonly record struct CalledFunction(string? Schema, string Name, bool IsSyntax, bool IsStored = false)
{
    /// <summary>The function of a call.</summary>
    public static CalledFunction Of(Call call) => new(call.Name.Schema, call.Name.Name, call.IsSyntax, call.IsStored);
}

/// <summary>What was found while a statement was resolved: everything it names and does.</summary>
internal sealed class Findings
{
    // Resolving a statement takes work in proportion to its text times its tables' columns; nothing honest comes near this.
    private const int WorkMax = 1_000_000;

    private readonly HashSet<RelationUse> _seen = [];
    private int _work;

    /// <summary>The relations, in the order in which they were met.</summary>
    public List<RelationUse> Relations { get; } = [];

    /// <summary>The functions.</summary>
    public HashSet<CalledFunction> Functions { get; } = [];

    /// <summary>MySQL: the variables of the server, without their scope.</summary>
    public HashSet<string> Variables { get; } = [];

    /// <summary>The operators, qualified if they were.</summary>
    public HashSet<string> Operators { get; } = [];

    /// <summary>The columns that decide which rows there are, anywhere in the statement.</summary>
    public HashSet<SourceColumn> Predicates { get; } = [];

    /// <summary>The names given to queries in FROM and to common tables.</summary>
    public HashSet<string> DerivedNames { get; } = new(StringComparer.Ordinal);

    /// <summary>The first thing that makes it more than a read, as a sentence; null so far.</summary>
    public string? Objection { get; private set; }

    /// <summary>The first thing that could not be resolved, as a sentence; null so far.</summary>
    public string? Unresolved { get; private set; }

    /// <summary>The highest parameter.</summary>
    public int ParameterMax { get; private set; }

    /// <summary>The most that any value of a target list may grow to: see <see cref="Lineage.Growth"/>.</summary>
    public double Growth { get; private set; }

    /// <summary>How many views deep the resolver is.</summary>
    public int ViewDepth { get; set; }

    /// <summary>True once the work allowed is used up: everything is unknown from there.</summary>
    public bool IsExhausted => _work > WorkMax;

    /// <summary>Counts work.</summary>
    public void Spend(int work)
    {
        if (IsExhausted)
            return;
        _work += Math.Min(work, WorkMax) + 1;
        if (IsExhausted)
            Unresolve("the statement is too large to analyse");
    }

    /// <summary>That it changes data, as a sentence; null if it does not.</summary>
    public string? ChangeObjection { get; private set; }

    /// <summary>The kinds of what it changes.</summary>
    public SortedSet<StatementKind> Changes { get; } = [];

    /// <summary>What values that it stores come from.</summary>
    public Lineage Stored { get; private set; } = Lineage.None;

    /// <summary>Notes a change of data.</summary>
    public void Change(string verb, params ReadOnlySpan<StatementKind> kinds)
    {
        ChangeObjection ??= $"it changes data ({verb})";
        foreach (var kind in kinds)
            Changes.Add(kind);
    }

    /// <summary>Notes values that can be read again from where they are put, so that they count as used.</summary>
    public void AddStored(Lineage value)
    {
        AddPredicates(value);
        Stored = Stored.With(value);
    }

    /// <summary>Notes something that makes it more than a read.</summary>
    public void Object(string why) => Objection ??= why;

    /// <summary>Notes where rows go that the client does not get.</summary>
    public void Object(Destination? destination)
    {
        if (destination is not null)
            Object($"it puts its rows elsewhere (INTO {destination.Place})");
    }

    /// <summary>Notes something that could not be resolved.</summary>
    public void Unresolve(string what) => Unresolved ??= what;

    /// <summary>Notes a parameter.</summary>
    public void AddParameter(int number) => ParameterMax = Math.Max(ParameterMax, number);

    /// <summary>Notes a relation.</summary>
    public void AddRelation(string schema, string name, bool isWritten = false)
    {
        var use = new RelationUse(schema, name, isWritten, ViewDepth > 0);
        if (_seen.Add(use))
            Relations.Add(use);
    }

    /// <summary>Notes a call.</summary>
    public void AddFunction(CalledFunction function) => Functions.Add(function);

    /// <summary>Calls whose arguments decide whether they are harmless: those that read or change settings.</summary>
    public List<Call> SettingCalls { get; } = [];

    /// <summary>Calls that make many values out of what is not a relation's column as it is: nobody knows how many.</summary>
    public HashSet<Call> VagueSets { get; } = new(ReferenceEqualityComparer.Instance);

    /// <summary>Notes how large a value may become.</summary>
    public Lineage AddGrowth(Lineage value)
    {
        Growth = Math.Max(Growth, value.Growth);
        return value;
    }

    /// <summary>Notes operators.</summary>
    public void AddOperator(QualifiedName? name)
    {
        if (name is not null)
            Operators.Add(name.ToString());
    }

    /// <summary>Notes columns that decide which rows there are.</summary>
    public void AddPredicates(Lineage lineage)
    {
        Spend(lineage.Sources.Count);
        if (!IsExhausted)
            Predicates.UnionWith(lineage.Sources);
    }
}
