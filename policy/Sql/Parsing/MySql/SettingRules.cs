using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing.MySql;

/// <summary>SET in all its forms.</summary>
internal sealed class SettingRules(MySqlGrammar grammar)
{
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <summary>The scope that a word before a variable's name means; <see cref="VariableScope.Any"/> for another word.</summary>
    public static VariableScope ScopeOf(string? word) => word switch
    {
        "global" => VariableScope.Global,
        "session" => VariableScope.Session,
        "local" => VariableScope.Local,
        "persist" => VariableScope.Persist,
        "persist_only" => VariableScope.PersistOnly,
        _ => VariableScope.Any,
    };

    /// <summary>SET.</summary>
    public Statement Set()
    {
        _cursor.Expect("set");
        if (_cursor.Is("transaction") || (_cursor.MarkAt(1) == "transaction" && ScopeOf(_cursor.Mark) != VariableScope.Any))
        {
            var scope = ScopeOf(_cursor.Mark);
            if (!_cursor.Is("transaction"))
                _cursor.Skip();
            _cursor.Skip();
            var isForSession = scope is VariableScope.Any or VariableScope.Session or VariableScope.Local;
            return new TransactionStatement(isForSession ? "SET TRANSACTION" : "SET GLOBAL TRANSACTION", grammar.Transactions.Characteristics() == true, false);
        }

        if (_cursor.Is("statement") && !IsAssignment(1))
        {
            _cursor.Skip();
            var scoped = Settings();
            _cursor.Expect("for");
            return new ScopedStatement(scoped, grammar.Statements.Any());
        }

        if (Account() is { } account)
            return account;
        return new SetVariablesStatement(Settings());
    }

    // Commands that look like settings and are about accounts.
    private OtherStatement? Account()
    {
        var verb = _cursor.Mark switch
        {
            "password" when _cursor.MarkAt(1) is "=" or ":=" or "for" or "to" => "SET PASSWORD",
            "role" when !IsAssignment(1) => "SET ROLE",
            "default" when _cursor.MarkAt(1) == "role" => "SET DEFAULT ROLE",
            "resource" when _cursor.MarkAt(1) == "group" => "SET RESOURCE GROUP",
            _ => null,
        };
        if (verb is null)
            return null;
        grammar.Definitions.SkipAll();
        return new(StatementKind.Set, verb, []);
    }

    private bool IsAssignment(int ahead) => _cursor.MarkAt(ahead) is "=" or ":=" or ".";

    private ImmutableArray<VariableSetting> Settings()
    {
        var settings = ImmutableArray.CreateBuilder<VariableSetting>();
        do
            settings.Add(Names() ?? Setting());
        while (_cursor.Accept(","));
        return settings.ToImmutable();
    }

    // NAMES 'utf8mb4' COLLATE '...', CHARACTER SET utf8mb4
    private VariableSetting? Names()
    {
        var name = _cursor.Mark switch
        {
            "names" => "names",
            "charset" => "character set",
            "character" or "char" when _cursor.MarkAt(1) == "set" => "character set",
            _ => null,
        };
        if (name is null || IsAssignment(1))
            return null;
        if (name == "character set" && !_cursor.Is("charset"))
            _cursor.Skip();
        _cursor.Skip();

        // As an expression it would take the COLLATE to itself.
        var value = grammar.Literals.IsString() ? new Literal(LiteralKind.String, grammar.Literals.String()) : Value();
        var collation = name == "names" && _cursor.Accept("collate") ? Text(Value()) : null;
        return new(VariableScope.Any, name, value) { Collation = collation };
    }

    private static string Text(Expression value) => value is Literal { Kind: LiteralKind.String } literal ? literal.Text : "";

    private VariableSetting Setting()
    {
        if (_cursor.Kind == TokenKind.UserVariable)
        {
            var variable = grammar.Primaries.UserVariable();
            Equals();
            return new(VariableScope.User, variable, grammar.Expressions.Any());
        }

        var scope = VariableScope.Any;
        string name;
        if (_cursor.Is("@@"))
        {
            (scope, name) = grammar.Primaries.SystemVariable();
        }
        else
        {
            scope = IsAssignment(1) ? VariableScope.Any : ScopeOf(_cursor.Mark);
            if (scope != VariableScope.Any)
                _cursor.Skip();
            name = grammar.Names.QualifiedLabel().ToString().ToLowerInvariant();
        }

        Equals();
        return new(scope, name, Value());
    }

    private void Equals()
    {
        if (!_cursor.Accept(":="))
            _cursor.Expect("=");
    }

    // A word alone is a value, were it reserved; in quotes or longer it is an expression.
    private Expression Value()
    {
        if (_cursor.Kind is TokenKind.Word && _cursor.Mark is not ("null" or "true" or "false" or "default") && IsEnd(1))
        {
            var word = new Literal(LiteralKind.String, _cursor.CurrentText());
            _cursor.Skip();
            return word;
        }

        return grammar.Expressions.Any();
    }

    private bool IsEnd(int ahead) => _cursor.KindAt(ahead) == TokenKind.End || _cursor.MarkAt(ahead) is "," or ";" or "for" or "collate";
}
