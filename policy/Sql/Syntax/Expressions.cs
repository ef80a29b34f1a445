using System.Collections.Immutable;

namespace JitProxy.Policy.Sql.Syntax;

/// <summary>Any expression.</summary>
internal abstract record Expression;

/// <summary>The sorts of literal.</summary>
internal enum LiteralKind : byte { Null, Boolean, Number, String, Bits, Default }

/// <summary>A constant.</summary>
internal sealed record Literal(LiteralKind Kind, string Text) : Expression;

/// <summary><c>$n</c>.</summary>
internal sealed record ParameterReference(int Number) : Expression;

/// <summary><c>a</c>, <c>a.b</c>, <c>s.a.b</c>, or with <see cref="IsStar"/> <c>*</c>, <c>a.*</c>.</summary>
internal sealed record ColumnReference(ImmutableArray<string> Parts, bool IsStar) : Expression;

/// <summary>A field, a subscript or all fields of a value: <c>(x).f</c>, <c>x[1]</c>, <c>(x).*</c>.</summary>
/// <param name="Operand">The value.</param>
/// <param name="Field">The field's name; null for a subscript or star.</param>
/// <param name="IsStar">True for <c>.*</c>.</param>
/// <param name="Subscripts">The expressions inside the brackets.</param>
internal sealed record Selection(Expression Operand, string? Field, bool IsStar, ImmutableArray<Expression> Subscripts) : Expression;

/// <summary>A function call, in plain or in special syntax.</summary>
internal sealed record Call(QualifiedName Name, ImmutableArray<Expression> Arguments) : Expression
{
    /// <summary>True for <c>f(*)</c>.</summary>
    public bool IsStar { get; init; }

    /// <summary>True where the grammar itself names the function (<c>EXTRACT</c>, <c>AT TIME ZONE</c>): no schema can shadow it.</summary>
    public bool IsSyntax { get; init; }

    /// <summary>What the server calls the result column; null for the function's own name.</summary>
    public string? Label { get; init; }

    /// <summary>ORDER BY among the arguments or in WITHIN GROUP.</summary>
    public ImmutableArray<SortKey> Order { get; init; } = [];

    /// <summary>FILTER (WHERE ...).</summary>
    public Expression? Filter { get; init; }

    /// <summary>OVER (...).</summary>
    public Window? Over { get; init; }

    /// <summary>
    /// MySQL: true where the name of a function that the grammar knows, such as <c>count</c>, is written so that the server takes it for the name
    /// of a stored function: quoted, or with a blank before its parenthesis.
    /// </summary>
    public bool IsStored { get; init; }
}

/// <summary>Whose a variable is; a system variable without a scope is the session's if there is one.</summary>
internal enum VariableScope : byte { User, Any, Session, Global, Local, Persist, PersistOnly }

/// <summary>MySQL: <c>@name</c>, <c>@@name</c>, <c>@@global.name</c>.</summary>
/// <param name="Scope">Whose.</param>
/// <param name="Name">The name in lower case, with <c>instance.</c> before it if there is one.</param>
internal sealed record VariableReference(VariableScope Scope, string Name) : Expression;

/// <summary>MySQL: <c>@name := value</c>.</summary>
internal sealed record VariableAssignment(string Name, Expression Value) : Expression;

/// <summary>MariaDB: <c>NEXT VALUE FOR s</c>, <c>PREVIOUS VALUE FOR s</c>, <c>NEXTVAL(s)</c>, <c>LASTVAL(s)</c>, <c>SETVAL(s, ...)</c>.</summary>
/// <param name="Verb"><c>NEXT</c>, <c>PREVIOUS</c> or <c>SET</c>.</param>
/// <param name="Sequence">The sequence.</param>
internal sealed record SequenceUse(string Verb, QualifiedName Sequence) : Expression;

/// <summary>A conversion in any of its spellings.</summary>
internal sealed record Cast(Expression Operand, TypeName Type) : Expression;

/// <summary><c>x COLLATE c</c>.</summary>
internal sealed record Collation(Expression Operand, QualifiedName Name) : Expression;

/// <summary>Operators over operands; a chain of one level is kept flat, so that long ones do not nest.</summary>
/// <param name="Operators">The operators by name, qualified if they were.</param>
/// <param name="Operands">The operands.</param>
internal sealed record Operation(ImmutableArray<QualifiedName> Operators, ImmutableArray<Expression> Operands) : Expression;

/// <summary>An expression that is a form of the grammar and whose value depends on its operands alone: CASE, COALESCE, ROW, ARRAY, IS NULL.</summary>
/// <param name="Label">What the server calls the result column.</param>
/// <param name="Operands">Everything inside it.</param>
internal sealed record Form(string Label, ImmutableArray<Expression> Operands) : Expression
{
    /// <summary>The operator that the server looks up for it, as IN looks up <c>=</c>; null for none.</summary>
    public string? Implied { get; init; }
}

/// <summary>How a subquery is used.</summary>
internal enum SubqueryUse : byte { Scalar, Exists, Array, Quantified }

/// <summary>A subquery in an expression.</summary>
/// <param name="Use">How.</param>
/// <param name="Left">The value compared with it, for IN, ANY, ALL.</param>
/// <param name="Operator">The comparing operator, if one is written.</param>
/// <param name="Query">The query.</param>
internal sealed record Subquery(SubqueryUse Use, Expression? Left, QualifiedName? Operator, Query Query) : Expression;

/// <summary>One key of an ORDER BY.</summary>
internal sealed record SortKey(Expression Key, QualifiedName? Operator);

/// <summary>A window, by name, written out, or both.</summary>
internal sealed record Window(string? Name, ImmutableArray<Expression> Partition, ImmutableArray<SortKey> Order, ImmutableArray<Expression> Frame);
