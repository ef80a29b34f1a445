using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing.MySql;

/// <summary>JSON_TABLE.</summary>
internal sealed class MySqlDocumentTableRules(MySqlGrammar grammar) : DocumentTableRules(grammar)
{
    private readonly MySqlGrammar _grammar = grammar;
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <summary>NULL, ERROR or DEFAULT with its value, ON EMPTY and ON ERROR.</summary>
    public void Behaviours(ImmutableArray<Expression>.Builder inputs)
    {
        while (_cursor.Mark is "null" or "error" or "default")
        {
            if (_cursor.Accept("default"))
                inputs.Add(_grammar.Expressions.Any());
            else
                _cursor.Skip();
            _cursor.Expect("on");
            if (!_cursor.Accept("empty"))
                _cursor.Expect("error");
        }
    }

    /// <inheritdoc/>
    protected override void Document(ImmutableArray<Expression>.Builder inputs)
    {
        inputs.Add(_grammar.Expressions.Any());
        _cursor.Expect(",");
        inputs.Add(_grammar.Expressions.Any());
    }

    /// <inheritdoc/>
    protected override void Options(ImmutableArray<Expression>.Builder inputs) => Behaviours(inputs);
}
