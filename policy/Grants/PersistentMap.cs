using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace JitProxy.Policy.Grants;

/// <summary>
/// An immutable map whose changed copies share all but one path with the original: a hash trie, 32 ways at each level.
/// </summary>
/// <remarks>
/// A million entries are four levels deep, so that lookup and change cost the same few steps at any size that fits into memory, and no
/// change ever has to copy or merge a whole layer.
/// </remarks>
internal sealed class PersistentMap<TKey, TValue>
    where TKey : notnull, IEquatable<TKey>
{
    private const int BitsPerLevel = 5;
    private const int HashBits = 32;

    private readonly Node _root;

    private PersistentMap(Node root, int count) => (_root, Count) = (root, count);

    /// <summary>The map without entries.</summary>
    public static PersistentMap<TKey, TValue> Empty { get; } = new(new Node(0, [], null), 0);

    /// <summary>The number of entries.</summary>
    public int Count { get; }

    /// <summary>All values, in no order that means anything.</summary>
    public IEnumerable<TValue> Values => Enumerate(_root);

    /// <summary>Finds the value of a key.</summary>
    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        var hash = HashOf(key);
        var node = _root;
        for (var shift = 0; ; shift += BitsPerLevel)
        {
            if (!node.TryFindSlot(hash, shift, out var index))
                break;

            if (node.Slots[index] is Node deeper)
            {
                node = deeper;
                continue;
            }

            for (var leaf = (Leaf?)node.Slots[index]; leaf is not null; leaf = leaf.Next)
            {
                if (leaf.Hash == hash && leaf.Key.Equals(key))
                {
                    value = leaf.Value;
                    return true;
                }
            }

            break;
        }

        value = default;
        return false;
    }

    /// <summary>This map with the key's value set.</summary>
    public PersistentMap<TKey, TValue> With(TKey key, TValue value) => With(key, value, owner: null);

    /// <summary>The same, changing in place the nodes that this owner made before. The result must not be shared until the owner is dropped.</summary>
    public PersistentMap<TKey, TValue> With(TKey key, TValue value, object? owner)
    {
        var isNew = false;
        var root = Set(_root, new Leaf(HashOf(key), key, value, null), 0, owner, ref isNew);
        return new(root, isNew ? Count + 1 : Count);
    }

    private static Node Set(Node node, Leaf leaf, int shift, object? owner, ref bool isNew)
    {
        if (!node.TryFindSlot(leaf.Hash, shift, out var index))
        {
            isNew = true;
            return node.Insert(index, BitOf(leaf.Hash, shift), leaf, owner);
        }

        object child = node.Slots[index] switch
        {
            Node deeper => Set(deeper, leaf, shift + BitsPerLevel, owner, ref isNew),
            Leaf there when there.Hash == leaf.Hash => Chain(there, leaf, ref isNew),
            var there => Split((Leaf)there, leaf, shift + BitsPerLevel, owner, ref isNew),
        };
        return node.Replace(index, child, owner);
    }

    // Two keys with the same 32 bits of hash share a place, as a list.
    private static Leaf Chain(Leaf there, Leaf leaf, ref bool isNew)
    {
        var rest = default(Leaf);
        var wasThere = false;
        for (var old = there; old is not null; old = old.Next)
        {
            if (old.Key.Equals(leaf.Key))
                wasThere = true;
            else
                rest = new(old.Hash, old.Key, old.Value, rest);
        }

        isNew |= !wasThere;
        return new(leaf.Hash, leaf.Key, leaf.Value, rest);
    }

    private static Node Split(Leaf there, Leaf leaf, int shift, object? owner, ref bool isNew)
    {
        var node = new Node(BitOf(there.Hash, shift), [there], owner);
        return Set(node, leaf, shift, owner, ref isNew);
    }

    private static uint HashOf(TKey key) => unchecked((uint)key.GetHashCode());

    private static uint BitOf(uint hash, int shift) => 1u << (int)((hash >> shift) & 31);

    // As deep as the trie, which the 32 bits of a hash bound.
    private static IEnumerable<TValue> Enumerate(Node node)
    {
        foreach (var slot in node.Slots)
        {
            if (slot is Node deeper)
            {
                foreach (var value in Enumerate(deeper))
                    yield return value;
            }

            for (var leaf = slot as Leaf; leaf is not null; leaf = leaf.Next)
                yield return leaf.Value;
        }
    }

    private sealed record Leaf(uint Hash, TKey Key, TValue Value, Leaf? Next);

    /// <summary>One level: a bit for each of 32 ways that is taken, and the taken ones in the order of their bits.</summary>
    private sealed class Node(uint bits, object[] slots, object? owner)
    {
        private uint _bits = bits;

        public object[] Slots { get; private set; } = slots;

        public bool TryFindSlot(uint hash, int shift, out int index)
        {
            System.Diagnostics.Debug.Assert(shift < HashBits + BitsPerLevel, "different hashes part within their 32 bits");
            var bit = BitOf(hash, shift);
            index = BitOperations.PopCount(_bits & (bit - 1));
            return (_bits & bit) != 0;
        }

        public Node Insert(int index, uint bit, object slot, object? by)
        {
            var longer = new object[Slots.Length + 1];
            Array.Copy(Slots, longer, index);
            longer[index] = slot;
            Array.Copy(Slots, index, longer, index + 1, Slots.Length - index);
            if (!Belongs(by))
                return new(_bits | bit, longer, by);

            (_bits, Slots) = (_bits | bit, longer);
            return this;
        }

        public Node Replace(int index, object slot, object? by)
        {
            if (ReferenceEquals(Slots[index], slot))
                return this;

            var target = Belongs(by) ? this : new Node(_bits, (object[])Slots.Clone(), by);
            target.Slots[index] = slot;
            return target;
        }

        private bool Belongs(object? by) => by is not null && ReferenceEquals(owner, by);
    }
}
