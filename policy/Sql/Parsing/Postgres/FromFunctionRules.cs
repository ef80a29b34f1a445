using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing.Postgres;

/// <summary>Functions in FROM: ROWS FROM, WITH ORDINALITY, column definition lists.</summary>
internal sealed class FromFunctionRules(PostgresGrammar grammar)
{
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <summary>True if a function begins here, not a relation.</summary>
    public bool IsStart()
    {
        if (_cursor.Is("rows", "from") || _cursor.Is("only"))
            return _cursor.Is("rows");
        if (_cursor.Kind == TokenKind.Word && !grammar.Keywords.IsColumnName(_cursor.Mark!))
            return true;
        var ahead = 1;
        while (_cursor.MarkAt(ahead) == "." && ahead < 8)
            ahead += 2;
        return _cursor.MarkAt(ahead) == "(";
    }

    /// <summary>One function item with its alias.</summary>
    public FromItem Item()
    {
        if (grammar.DocumentTables.IsStart())
            return grammar.DocumentTables.Item() with { Alias = Alias() };

        var functions = ImmutableArray.CreateBuilder<FunctionSource>();
        if (_cursor.Accept("rows", "from"))
        {
            _cursor.Expect("(");
            do
                functions.Add(new(Function(), _cursor.Is("as", "(") ? AsDefinitions() : default));
            while (_cursor.Accept(","));
            _cursor.Expect(")");
        }
        else
        {
            functions.Add(new(Function(), default));
        }

        var hasOrdinality = _cursor.Accept("with", "ordinality");
        return new FunctionItem(functions.ToImmutable(), hasOrdinality, Alias());
    }

    // Whatever the primary rule reads, the server allows a call, a value word or a special form here.
    private Expression Function()
    {
        var function = grammar.Primaries.Primary();
        if (function is ColumnReference or Literal)
            _cursor.Fail("expected a function");
        return function;
    }

    private ImmutableArray<string> AsDefinitions()
    {
        _cursor.Skip();
        return Definitions();
    }

    private Alias? Alias()
    {
        if (_cursor.Is("as", "("))
            return new(null, AsDefinitions(), true);
        var isCertain = _cursor.Accept("as");
        if (!isCertain && !grammar.Names.IsColumnName())
            return null;
        var name = grammar.Names.ColumnName();
        if (!_cursor.Is("("))
            return new(name, []);

        // Names alone end in a comma or parenthesis; definitions have a type in between.
        return _cursor.MarkAt(2) is "," or ")" ? new(name, grammar.Names.List()) : new(name, Definitions(), true);
    }

    private ImmutableArray<string> Definitions()
    {
        _cursor.Expect("(");
        var names = ImmutableArray.CreateBuilder<string>();
        do
        {
            names.Add(grammar.Names.ColumnName());
            grammar.Types.Type();
            if (_cursor.Accept("collate"))
                grammar.Names.Qualified();
        }
        while (_cursor.Accept(","));
        _cursor.Expect(")");
        return names.ToImmutable();
    }
}
