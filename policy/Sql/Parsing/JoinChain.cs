using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing;

/// <summary>Joins in the order in which they are written, until their conditions say what belongs together.</summary>
/// <remarks>
/// In <c>a JOIN b JOIN c ON x ON y</c>, x belongs to the inner join. Where a dialect lets a condition be absent, as in <c>a JOIN b JOIN c ON x</c>,
/// the join without one takes the nearest operand only, so that x sees all three tables.
/// </remarks>
internal sealed class JoinChain(FromItem first)
{
    // Each operand with the join before it that waits for a condition, and how many joins of this chain its left side is deep.
    private readonly List<(JoinItem? Waiting, FromItem Item, int Depth)> _operands = [(null, first, 0)];

    /// <summary>How many joins wait for a condition.</summary>
    public int WaitingCount => _operands.Count - 1;

    /// <summary>The kinds of the joins that wait for a condition.</summary>
    public IEnumerable<JoinKind> Waiting => _operands.Skip(1).Select(static operand => operand.Waiting!.Kind);

    /// <summary>Adds a join that has no condition of its own: CROSS, NATURAL.</summary>
    public void Add(JoinKind kind, bool isNatural, FromItem right)
    {
        var (waiting, left, depth) = _operands[^1];
        _operands[^1] = (waiting, new JoinItem(left, kind, right) { IsNatural = isNatural }, depth + 1);
    }

    /// <summary>Adds a join whose condition is still to come.</summary>
    public void AddWaiting(JoinKind kind, FromItem right) => _operands.Add((new JoinItem(right, kind, right), right, 0));

    /// <summary>Gives the join that waits last its condition.</summary>
    /// <param name="condition">Adds the condition to the join.</param>
    public void Complete(Func<JoinItem, JoinItem> condition)
    {
        var (waiting, right, _) = _operands[^1];
        _operands.RemoveAt(_operands.Count - 1);
        var (before, left, depth) = _operands[^1];
        _operands[^1] = (before, condition(waiting! with { Left = left, Right = right }), depth + 1);
    }

    /// <summary>The whole; joins that still wait never get a condition.</summary>
    public FromItem Close()
    {
        while (WaitingCount > 0)
        {
            var (waiting, right, depth) = _operands[^1];
            _operands.RemoveAt(_operands.Count - 1);
            var (before, left, leftDepth) = _operands[^1];
            _operands[^1] = (before, Insert(waiting! with { Left = left }, right, depth), leftDepth + depth + 1);
        }

        return _operands[0].Item;
    }

    // Puts the join where the leftmost operand of its right side is.
    private static FromItem Insert(JoinItem join, FromItem right, int depth)
    {
        var above = new Stack<JoinItem>();
        for (; depth > 0; depth--)
        {
            above.Push((JoinItem)right);
            right = above.Peek().Left;
        }

        FromItem result = join with { Right = right };
        while (above.TryPop(out var parent))
            result = parent with { Left = result };
        return result;
    }
}
