using System.Collections.Immutable;

namespace JitProxy.Policy.Approval;

// The syntax tree of a condition, before names and types are checked. Offsets count characters of the text.

/// <summary>A part of a condition as it was written.</summary>
internal abstract record ConditionNode(int Offset);

/// <summary>A string, number or boolean.</summary>
internal sealed record LiteralNode(int Offset, object Value, ConditionType Type) : ConditionNode(Offset);

/// <summary>A dotted name, <c>resource.table_name</c>.</summary>
internal sealed record NameNode(int Offset, string Name) : ConditionNode(Offset);

/// <summary>A function over its arguments; a method has the value before the dot as its first argument.</summary>
internal sealed record CallNode(int Offset, string Name, bool IsMethod, ImmutableArray<ConditionNode> Arguments) : ConditionNode(Offset);

/// <summary><c>!</c>.</summary>
internal sealed record NotNode(int Offset, ConditionNode Operand) : ConditionNode(Offset);

/// <summary>Two or more operands between the same <c>&amp;&amp;</c> or <c>||</c>; flat, so that a long chain is not a deep tree.</summary>
internal sealed record LogicNode(int Offset, bool IsAnd, ImmutableArray<ConditionNode> Operands) : ConditionNode(Offset);

/// <summary>A comparison, <c>in</c> or <c>+</c>.</summary>
internal sealed record BinaryNode(int Offset, string Operator, ConditionNode Left, ConditionNode Right) : ConditionNode(Offset);

/// <summary><c>[a, b]</c>.</summary>
internal sealed record ListNode(int Offset, ImmutableArray<ConditionNode> Items) : ConditionNode(Offset);
