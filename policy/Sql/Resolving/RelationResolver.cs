using System.Collections.Immutable;
using System.Text;
using JitProxy.Policy.Sql.Parsing;
using JitProxy.Policy.Sql.Parsing.Postgres;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Resolving;

/// <summary>Relations of the catalogue; views are followed to what they read.</summary>
internal sealed class RelationResolver(Resolver resolver)
{
    private const int ViewDepthMax = 50;

    private readonly Dictionary<CatalogueRelation, QueryShape> _known = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<CatalogueRelation> _open = new(ReferenceEqualityComparer.Instance);

    /// <summary>The columns of a relation by name, as the search path finds it.</summary>
    public QueryShape Resolve(QualifiedName name, out string schema)
    {
        if (Find(name) is not { } relation)
        {
            schema = name.Schema ?? "";
            resolver.Findings.AddRelation(schema, name.Name);
            resolver.Findings.Unresolve($"relation {name} was not found");
            return QueryShape.Unknown;
        }

        schema = relation.Schema;
        resolver.Findings.AddRelation(relation.Schema, relation.Name);
        return Shape(relation);
    }

    /// <summary>The relation that a name means, or null.</summary>
    public CatalogueRelation? Find(QualifiedName name) => resolver.Names.Find(name);

    /// <summary>The relation whose row type has this name, or null.</summary>
    public CatalogueRelation? FindType(QualifiedName name) => Find(name);

    /// <summary>As <see cref="FindType(QualifiedName)"/>, for a type as the server formats it.</summary>
    public CatalogueRelation? FindType(string typeName)
    {
        var cursor = Tokens(typeName);
        if (cursor is null)
            return null;
        var name = new PostgresGrammar(cursor).Names.QualifiedLabel();
        return cursor.IsAtEnd && cursor.Fault is null ? Find(name) : null;
    }

    private static TokenCursor? Tokens(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var tokens = new List<Token>();
        var lexer = new PostgresLexer(bytes);
        while (lexer.TryNext(out var token))
            tokens.Add(token);
        return lexer.Fault == TextFault.None && tokens.Count > 0 ? new(bytes, tokens) : null;
    }

    private QueryShape Shape(CatalogueRelation relation)
    {
        if (_known.TryGetValue(relation, out var known))
            return known;
        var shape = new QueryShape([.. relation.Columns.Select(column => Own(relation, column))], null, Lineage.None);

        // The server's own views show its catalogue, not anybody's tables; which of them may be read is decided by name.
        if (relation.Kind is RelationKind.View or RelationKind.MaterializedView && !resolver.Names.IsSystemSchema(relation.Schema))
            shape = View(relation, shape);

        // Statistics, other sessions' statements and their like hold values of any table.
        if (resolver.Names.IsProtectedRelation(relation.Schema, relation.Name))
            shape = shape with { Columns = [.. shape.Columns.Select(static column => column with { Lineage = column.Lineage.With(Lineage.Unknown) })] };
        return _known[relation] = shape;
    }

    private static RangeColumn Own(CatalogueRelation relation, CatalogueColumn column) =>
        new(column.Name, Lineage.Of(new(relation.Schema, relation.Name, column.Name)), column.TypeName) { IsInvisible = column.IsInvisible };

    // A view's column is its own and that of what the view reads: masks may be set on either.
    private QueryShape View(CatalogueRelation view, QueryShape own)
    {
        var inner = Inner(view);
        if (inner is null || inner.Hidden is not null || inner.Columns.Length < own.Columns.Length)
        {
            resolver.Findings.Unresolve($"the definition of view {view.Schema}.{view.Name} could not be followed");
            return own with { Columns = [.. own.Columns.Select(static column => column with { Lineage = column.Lineage.With(Lineage.Unknown) })] };
        }

        var columns = ImmutableArray.CreateBuilder<RangeColumn>(own.Columns.Length);
        for (var i = 0; i < own.Columns.Length; i++)
        {
            var behind = inner.Columns[i].Lineage;
            var both = own.Columns[i].Lineage.With(behind);
            columns.Add(own.Columns[i] with { Lineage = both with { IsDirect = behind.IsDirect } });
        }

        return new(columns.ToImmutable(), null, inner.Influence);
    }

    private QueryShape? Inner(CatalogueRelation view)
    {
        if (view.Definition is null || resolver.Findings.ViewDepth >= ViewDepthMax || !_open.Add(view))
            return null;
        resolver.Findings.ViewDepth++;
        QueryShape? shape = null;
        if (resolver.Names.TryParseView(view.Definition, out var statement) && statement is QueryStatement query)
            shape = resolver.Queries.Resolve(query.Query, null, null);
        resolver.Findings.ViewDepth--;
        _open.Remove(view);
        return shape;
    }
}
